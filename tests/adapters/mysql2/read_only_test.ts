/** A server that only reads, as a former primary does: its connections are given up, whoever asked. */

import assert from "node:assert/strict";
import type { Pool } from "mysql2";
import type mysql from "mysql2/promise";
import { errorOf } from "../outcome.ts";
import { type ClientHouse, clientHouses, innerOf, sessionOf } from "./fixture.ts";

const insert = "insert into t values (1)";
type Pooled = mysql.PoolConnection;

/** A statement on a connection of one's own; the error that it is answered with. */
const owned: Record<string, (connection: Pooled) => Promise<unknown>> = {
  "a statement of its owner": (connection) => connection.query(insert),
  "a prepared statement": async (connection) => {
    const statement = await connection.prepare("insert into t values (?)");
    await statement.execute([1]);
  },
  "a statement with a callback": (connection) =>
    new Promise((resolve, reject) =>
      innerOf(connection).query(insert, (error) => error ? reject(error) : resolve(undefined))
    ),
  "a stream": (connection) => Array.fromAsync(innerOf(connection).query(insert).stream()),
};

/** A statement on any connection. */
const shared: Record<string, (pool: mysql.Pool) => Promise<unknown>> = {
  "a statement of the pool": (pool) => pool.query(insert),
  "a prepared statement of the pool": (pool) => pool.execute("insert into t values (?)", [1]),
  "a statement of the pool with a callback": (pool) =>
    new Promise((resolve, reject) => {
      const inner = pool.pool as unknown as Pool;
      inner.query(insert, (error) => error ? reject(error) : resolve(undefined));
    }),
};

/** Runs `body` while the server only reads; it is to be refused. */
async function refused(house: ClientHouse, body: () => Promise<unknown>): Promise<void> {
  const admin = house.server.admin();
  await admin.query("create table if not exists app.t (id int)");
  await admin.query("set global read_only = on");
  try {
    assert.equal((await errorOf(body())).code, "ER_OPTION_PREVENTS_STATEMENT");
  } finally {
    await admin.query("set global read_only = off");
  }
}

for (const house of await clientHouses()) {
  for (const [name, run] of Object.entries(shared)) {
    house.test(`${name}, refused by a server that only reads, is the last of its connection`, async () => {
      await using client = house.client({ options: { max: 1 } });
      const session = await sessionOf(client.pool);
      await refused(house, () => run(client.pool));
      assert.notEqual(await sessionOf(client.pool), session);
    });
  }

  for (const [name, run] of Object.entries(owned)) {
    house.test(`${name}, refused by a server that only reads, gives its connection to nobody`, async () => {
      await using client = house.client({ options: { max: 1 } });
      const connection = await client.pool.getConnection();
      const session = await sessionOf(connection);
      await refused(house, () => run(connection));
      // Its owner can still roll back.
      assert.equal(await sessionOf(connection), session);
      connection.release();
      assert.notEqual(await sessionOf(client.pool), session);
    });
  }
}
