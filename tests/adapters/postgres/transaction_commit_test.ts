/** Commits that do not happen: whoever waits is told, and the connection is as good as before. */

import assert from "node:assert/strict";
import { codeOf } from "../../../core/errors.ts";
import { clientHouse } from "./fixture.ts";
import { within } from "../outcome.ts";

const house = clientHouse();

/** For so long cancels are aimed at transactions, and longer when none has hit, in milliseconds. */
const spamMs = 3_000;
const spamAtMostMs = 30_000;

Deno.test("a cancel that hits a commit leaves no session in an aborted transaction", async () => {
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  await sql`create table late_cancel (id int)`;
  const admin = house.server.admin();
  const codes: string[] = [];
  const after: string[] = [];
  let done = false;
  const cancelling = (async () => {
    while (!done) {
      await admin.unsafe(
        `select pg_cancel_backend(pid) from pg_stat_activity, generate_series(1, 20)
         where usename = 'app'`,
      );
    }
  })();
  const startedMs = performance.now();
  const goesOn = () =>
    performance.now() < startedMs + (codes.includes("57014") ? spamMs : spamAtMostMs);
  for (let n = 0; goesOn(); n++) {
    await sql.begin((sql) => sql`insert into late_cancel values (${n})`)
      .catch((error) => codes.push(codeOf(error)));
    await sql`select 1`.catch((error) => after.push(codeOf(error)));
  }
  done = true;
  await cancelling;
  assert.ok(codes.includes("57014"), "nothing was cancelled");
  assert.deepEqual(after.filter((code) => code !== "57014"), []);
});

Deno.test("a transaction in which a COPY failed is not reported as committed, though its body was content", async () => {
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  await sql`create table copied (id int)`;
  const begun = sql.begin(async (sql) => {
    await sql`insert into copied values (1)`;
    const stream = await sql`copy copied from stdin`.writable();
    await new Promise<void>((resolve) => {
      stream.once("error", () => resolve());
      stream.end("no number\n");
    });
    return "done";
  });
  await assert.rejects(begun, { code: "25P02", possiblyExecuted: false });
  assert.deepEqual([...await sql`select * from copied`], []);
});

Deno.test("a cursor's last batch may outlive its connection's lifetime", async () => {
  await using client = house.client({ options: { max: 1, maxLifetimeMs: 30, lifetimeJitter: 0 } });
  const { sql } = client;
  const seen: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const statement = sql`select 1 as n`.cursor(10, async ([row]) => {
    await promise;
    seen.push(row!.n);
  });
  const ended = statement.then(() => "ended");
  setTimeout(resolve, 120);
  assert.equal(await within(30_000, ended, "the cursor"), "ended");
  assert.deepEqual(seen, [1]);
});
