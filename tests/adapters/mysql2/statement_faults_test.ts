/** Statements that fail within the driver: none runs twice, and none gets the answer to another. */

import assert from "node:assert/strict";
import type { CoreConnection } from "../../../adapters/mysql2/driver/port.ts";
import { errorOf, until, within } from "../outcome.ts";
import { type ClientHouse, clientHouses, rowsOf, type TestClient } from "./fixture.ts";

/** The socket of a client's only connection. */
async function socketOf({ pool }: TestClient): Promise<{ destroy(error?: Error): void }> {
  const connection = await pool.getConnection();
  connection.release();
  return (connection.connection as unknown as CoreConnection).stream;
}

/** An empty table in which nothing is twice. */
async function table({ server }: ClientHouse): Promise<() => Promise<unknown[]>> {
  const admin = server.admin();
  await admin.query("drop table if exists app.t; create table app.t (id int, note varchar(9))");
  await admin.query("create unique index notes on app.t (note)");
  return async () => (await rowsOf(admin.query("select id from app.t"))).map(({ id }) => id);
}

for (const house of await clientHouses()) {
  const { test } = house;

  /** Has the connection break with this error under an insert. */
  const broken = async (error: Error) => {
    const ids = await table(house);
    await using client = house.client({ options: { max: 1 } });
    const socket = await socketOf(client);
    const insert = client.pool.query("insert into t (id) select 1 from (select sleep(0.5)) s");
    const lost = errorOf(insert);
    await until(
      async () => (await house.server.sessions({ user: "app" })).some((s) => s.state === "active"),
      "it runs",
    );
    socket.destroy(error);
    const outcome = await within(5_000, lost);
    await until(
      async () => (await house.server.sessions({ user: "app" })).every((s) => s.state !== "active"),
      "it has run",
    );
    assert.ok((await ids()).length <= 1, "it has run twice");
    assert.deepEqual(await rowsOf(client.pool.query("select 1 as x")), [{ x: 1 }]);
    return outcome;
  };

  test("a statement that was sent is not sent again, whatever the network says", async () => {
    const codes = ["EHOSTUNREACH", "ENETUNREACH", "ECONNREFUSED", "ENETDOWN", "ECONNABORTED"];
    for (const code of codes) {
      const fault = { code, errno: -113, syscall: "read" };
      const error = await broken(Object.assign(new Error(`read ${code}`), fault));
      assert.deepEqual([error.code, error.possiblyExecuted], [code, true]);
    }
  });

  test("a connection that breaks in TLS, or without a code, may have run its statement", async () => {
    const alert = { code: "ERR_SSL_SSL/TLS_ALERT_BAD_RECORD_MAC" };
    const told = await broken(Object.assign(new Error("bad record mac"), alert));
    assert.deepEqual([told.code, told.possiblyExecuted], [alert.code, true]);
    const untold = await broken(new Error("something else"));
    assert.deepEqual(
      [untold.code, untold.possiblyExecuted],
      ["PROTOCOL_CONNECTION_LOST", true],
    );
  });

  test("a server's error in the driver's words is the server's", async () => {
    const ids = await table(house);
    await using client = house.client();
    for (
      const words of [
        "Pool is closed on Sundays",
        "Can't add new command when connection is in closed state",
      ]
    ) {
      await house.server.admin().query("truncate table app.t");
      await client.pool.query("drop procedure if exists closed");
      await client.pool.query(
        `create procedure closed() begin insert into t (id) values (1);
         signal sqlstate '45000' set message_text = ${client.pool.escape(words)}; end`,
      );
      const error = await errorOf(client.pool.query("call closed()"));
      assert.equal(error.message, words);
      assert.equal(error.code, "ER_SIGNAL_EXCEPTION");
      assert.deepEqual(await ids(), [1]);
    }
  });
}
