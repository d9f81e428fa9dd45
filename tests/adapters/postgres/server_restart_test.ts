/** A server that goes away and comes back, and a standby that gives statements up. */

import assert from "node:assert/strict";
import { app, clientHouse, type DriverOptions, makeClient } from "./fixture.ts";
import { startPostgres } from "../../servers/postgres/mod.ts";
import { errorOf, until, within } from "../outcome.ts";

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
  assert.equal(await within(15_000, reading), 0);
  assert.ok(await conflicts() > before);
});

Deno.test("a server that restarts under load: statements wait, and go on", async () => {
  await using server = await startPostgres({ durable: true });
  await server.admin().unsafe(`create role app login password '${app.password}'`);
  await using client = makeClient(server, { options: { loginBudgetMs: 12_000 } });
  const { sql } = client;
  let stop = false;
  let done = 0;
  const unexpected: unknown[] = [];
  const worker = async (n: number) => {
    while (!stop) {
      try {
        await (n % 2 ? sql`select ${n}::int` : sql.begin((sql) => sql`select ${n}::int`));
        done++;
      } catch (error) {
        if ((error as { possiblyExecuted?: boolean }).possiblyExecuted === undefined) {
          unexpected.push(error);
          return;
        }
      }
    }
  };
  const workers = Array.from({ length: 8 }, (_, n) => worker(n));
  await until(() => done > 50, "the load");
  await server.kill();
  const waiting = sql`select 1 as x`.execute();
  await server.restart();
  assert.deepEqual([...await within(12_000, waiting)], [{ x: 1 }]);
  const before = done;
  await until(() => done > before + 50, "the load goes on", 10_000);
  stop = true;
  await within(12_000, Promise.all(workers));
  assert.deepEqual(unexpected, []);
  assert.deepEqual([...await sql`select current_user as u`], [{ u: app.username }]);
});

Deno.test("while a server is down, statements reject when their budget is spent", async () => {
  await using client = makeClient({ host: "127.0.0.1", port: 1 }, {
    options: { loginBudgetMs: 300 },
  });
  const error = await within(3_000, errorOf(client.sql`select 1`));
  assert.equal(error.code, "LOGIN_BUDGET_EXHAUSTED");
  assert.match(error.message, /ECONNREFUSED/);
});

Deno.test("a socket that never comes does not hold up the login for ever", async () => {
  // Not in the driver's types: how cloud connectors put a tunnel of their own under it.
  const socket = () => new Promise(() => {});
  await using client = house.client({
    driver: { socket } as DriverOptions,
    options: { loginBudgetMs: 500, connectTimeoutMs: 100 },
  });
  const error = await within(3_000, errorOf(client.sql`select 1`));
  assert.equal(error.code, "LOGIN_BUDGET_EXHAUSTED");
  assert.match(error.message, /CONNECT_TIMEOUT/);
});
