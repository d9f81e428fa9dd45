/** The ping before use, on a connection that is then used at once. */

import assert from "node:assert/strict";
import { pollUntil } from "../../servers/common/poll.ts";
import { clientHouse } from "./fixture.ts";

const house = clientHouse();

Deno.test("after a ping every statement gets its own rows, and a write stays out of others' transactions", async () => {
  await using client = house.client({ options: { max: 2, pingAfterIdleMs: 40 } });
  const { sql } = client;
  await sql`create table pinged (id int primary key)`;
  for (let round = 0; round < 12; round++) {
    await sql.unsafe("insert into pinged values ($1)", [round]);
    const usedMs = performance.now();
    await pollUntil(5_000, () => Promise.resolve(performance.now() - usedMs > 90), () => "time");
    const [deleted, inside, simple, described] = await Promise.all([
      sql.unsafe("delete from pinged where id = $1 returning id", [round]),
      sql.begin(async (sql) => {
        const rows = await sql.unsafe("select $1::int as b", [round]);
        await sql.unsafe("select pg_sleep(0.01)");
        return rows;
      }),
      sql.unsafe("select 3 as c"),
      sql.unsafe("select $1::int as d", [round]),
    ]);
    assert.deepEqual([...deleted], [{ id: round }]);
    assert.deepEqual([...inside], [{ b: round }]);
    assert.deepEqual([...simple], [{ c: 3 }]);
    assert.deepEqual([...described], [{ d: round }]);
  }
});

Deno.test("a ping that is answered leaves the connection as it is", async () => {
  await using client = house.client({
    options: { max: 1, pingAfterIdleMs: 40, pingTimeoutMs: 20_000 },
  });
  const pid = async () => (await client.sql`select pg_backend_pid() as pid`)[0]!.pid;
  const before = await pid();
  for (let round = 0; round < 3; round++) {
    const usedMs = performance.now();
    await pollUntil(5_000, () => Promise.resolve(performance.now() - usedMs > 90), () => "time");
    assert.equal(await pid(), before);
  }
  assert.deepEqual(client.events.filter(({ type }) => type === "connection-lost"), []);
});
