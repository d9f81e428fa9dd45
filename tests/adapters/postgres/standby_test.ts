/** A standby that gives statements up. */

import assert from "node:assert/strict";
import { clientHouse, makeClient } from "./fixture.ts";
import { until, within } from "../outcome.ts";

const house = clientHouse({
  replica: {},
  settings: { max_standby_streaming_delay: "50ms", hot_standby_feedback: "off" },
});

Deno.test("a statement that a standby gives up for a vacuum is run again", async () => {
  const { server } = house;
  const admin = server.admin();
  await admin.unsafe("create table vacuumed as select generate_series(1, 1000) as id");
  await admin.unsafe("grant all on vacuumed to app");
  await server.waitForReplay();
  const replica = server.replica!;
  await using client = makeClient(replica, { options: { max: 2 } });
  const { sql } = client;
  await sql`select 1`;
  const conflicts = async () =>
    (await replica.log()).filter((line) => line.includes("conflict with recovery")).length;
  // Slow for the first run only: the table is empty for the second.
  const reading = sql`select count(*)::int as n from vacuumed, pg_sleep(id * 0 + 0.01)`.then(
    ([row]) => row!.n,
    (error) => error.code,
  );
  await until(
    async () => (await replica.sessions({ user: "app" })).some((s) => s.state === "active"),
    "the standby reads",
  );
  const before = await conflicts();
  await admin.unsafe("delete from vacuumed");
  await admin.unsafe("vacuum vacuumed");
  assert.equal(await within(30_000, reading), 0);
  assert.ok(await conflicts() > before);
});
