/** Sessions killed at every stage of a statement and of a transaction. */

import assert from "node:assert/strict";
import postgres from "postgres";
import { clientHouse } from "./fixture.ts";
import { errorOf, until, within } from "../outcome.ts";

const house = clientHouse();

async function kill(): Promise<void> {
  await house.server.terminateSessions({ user: "app" });
}

async function table(name: string): Promise<() => Promise<number[]>> {
  const admin = house.server.admin();
  await admin.unsafe(`create table ${name} (id int); grant all on ${name} to app`);
  return async () => (await admin.unsafe(`select id from ${name} order by id`)).map(({ id }) => id);
}

/** Kills the app's sessions while this table is locked; whatever waits for the lock is under way. */
async function killWhileLocked(name: string, start: () => void): Promise<void> {
  const admin = house.server.admin();
  const lock = postgres({
    host: house.server.host,
    port: house.server.port,
    ...house.server.superuser,
    database: "postgres",
    max: 1,
  });
  try {
    await lock.begin(async (lock) => {
      await lock.unsafe(`lock table ${name}`);
      start();
      await until(
        async () =>
          (await admin`select from pg_stat_activity
            where usename = 'app' and wait_event_type = 'Lock'`).length > 0,
        "a statement waits for the lock",
      );
      await kill();
    });
  } finally {
    await lock.end();
  }
}

Deno.test("a transaction whose session is gone at BEGIN is begun elsewhere, unseen", async () => {
  const ids = await table("at_begin");
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  let calls = 0;
  for (let id = 1; id <= 5; id++) {
    await sql`select 1`;
    // Not awaited: BEGIN goes out before the client hears of the end, or after.
    const killed = kill();
    const transaction = sql.begin(async (sql) => {
      calls++;
      // The session of this attempt is alive: the kill is over.
      await killed;
      return await sql`insert into at_begin values (${id})`;
    });
    // Killed in its middle, perhaps: then nothing was committed, and that is tested below.
    await transaction.catch(() => calls--);
  }
  assert.deepEqual((await ids()).length, calls);

  // On a session that is certainly gone while BEGIN is on its way.
  let bodies = 0;
  await sql`select 1`;
  const [session] = await house.server.sessions({ user: "app" });
  const stopped = new Deno.Command("kill", { args: ["-STOP", `${session!.pid}`] });
  await stopped.output();
  const transaction = sql.begin(async (sql) => {
    bodies++;
    return await sql`insert into at_begin values (100)`;
  });
  await until(() => sql.rotation.stats().pool.reserved === 1, "BEGIN is sent");
  await house.server.admin()`select pg_terminate_backend(${session!.pid})`;
  await new Deno.Command("kill", { args: ["-CONT", `${session!.pid}`] }).output();
  await within(30_000, transaction);
  assert.equal(bodies, 1);
  assert.equal((await ids()).filter((id) => id === 100).length, 1);
});

Deno.test("a transaction killed in its middle is an error, and nothing of it is committed", async () => {
  const ids = await table("in_the_middle");
  await using client = house.client({ options: { max: 2 } });
  const { sql } = client;
  let calls = 0;
  const later: unknown[] = [];
  const error = await errorOf(sql.begin(async (sql) => {
    calls++;
    await sql`insert into in_the_middle values (1)`;
    await kill();
    for (let id = 2; id <= 4; id++) {
      later.push((await errorOf(sql`insert into in_the_middle values (${id})`)).possiblyExecuted);
    }
    later.push((await errorOf(sql.savepoint((sql) => sql`select 1`))).possiblyExecuted);
    return "the callback goes on";
  }));
  assert.ok(["CONNECTION_CLOSED", "ECONNRESET", "EPIPE"].includes(error.code!), error.code);
  // The first one may have been on the wire.
  assert.deepEqual(later.slice(1), [false, false, false]);
  assert.equal(calls, 1);
  assert.deepEqual(await ids(), []);
});

Deno.test("a transaction killed at COMMIT says that it may have been committed", async () => {
  await table("at_commit");
  const admin = house.server.admin();
  // A constraint that is checked at the commit, and takes its time.
  await admin.unsafe(`
    create function slow() returns trigger language plpgsql as
      $$ begin perform pg_sleep(20); return null; end $$;
    create constraint trigger slow after insert on at_commit deferrable initially deferred
      for each row execute function slow()`);
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  let calls = 0;
  const transaction = errorOf(sql.begin((sql) => {
    calls++;
    return sql`insert into at_commit values (1)`;
  }));
  await until(
    async () =>
      (await admin`select from pg_stat_activity where usename = 'app' and query = 'commit'
        and state = 'active'`).length > 0,
    "the commit is under way",
  );
  await kill();
  const error = await within(30_000, transaction);
  assert.equal(error.possiblyExecuted, true);
  assert.equal(calls, 1);
  assert.deepEqual([...await sql`select 1 as x`], [{ x: 1 }]);
});

Deno.test("a statement that was only described is sent again, once", async () => {
  const ids = await table("described");
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  await sql`select 1`;
  let insert: Promise<unknown> | undefined;
  // To describe it, the server needs the table, which is locked.
  await killWhileLocked("described", () => {
    insert = sql`insert into described values (${1})`.then(() => "done");
  });
  assert.equal(await within(30_000, insert!), "done");
  assert.deepEqual(await ids(), [1]);
});

Deno.test("statements behind a killed one each say what is known of them", async () => {
  const ids = await table("behind");
  await using client = house.client({ options: { max: 1 } });
  const { sql } = client;
  await sql`select 1`;
  const outcomes: Promise<unknown>[] = [];
  const outcome = (statement: PromiseLike<{ readonly count: number }>) =>
    outcomes.push(
      statement.then(({ count }) => `${count} row`, (error) =>
        `possiblyExecuted: ${error.possiblyExecuted}`) as Promise<unknown>,
    );
  await killWhileLocked("behind", () => {
    outcome(sql.unsafe("insert into behind values (1)"));
    outcome(sql.unsafe("insert into behind values (2)"));
    // Described while others are ahead: certainly not run.
    outcome(sql`insert into behind values (${3})`);
    outcome(sql`insert into behind values (${4})`);
  });
  assert.deepEqual(await within(30_000, Promise.all(outcomes)), [
    "possiblyExecuted: true",
    "possiblyExecuted: true",
    "1 row",
    "1 row",
  ]);
  assert.deepEqual(await ids(), [3, 4]);
});
