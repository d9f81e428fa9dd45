/** What the servers' errors mean to a statement: each is provoked where it can be. */

import assert from "node:assert/strict";
import type { Connection } from "mysql2/promise";
import { classify } from "../../../adapters/mysql2/classify.ts";
import type { Failure } from "../../../core/failure.ts";
import { connect } from "../../servers/mysql_client.ts";
import { type Flavor, mysqlTests, startMysql } from "../../servers/mysql/mod.ts";
import { errorOf, until, within } from "../outcome.ts";
import { app, type ClientHouse, clientHouses, rowsOf } from "./fixture.ts";

const login = { user: app.username, password: app.password, database: "app" };

/** A statement that takes longer than anybody waits. */
const long = "select count(*) from information_schema.columns a, information_schema.columns b, " +
  "information_schema.columns c";

/** Waits until a statement of the app is being executed. */
async function running({ server }: Pick<ClientHouse, "server">): Promise<void> {
  await until(
    async () => (await server.sessions({ user: "app" })).some(({ state }) => state === "active"),
    "it runs",
  );
}

const outcomes: Readonly<Record<string, Failure>> = {
  lost: { kind: "connection", executed: "maybe", code: "PROTOCOL_CONNECTION_LOST" },
  readOnly: { kind: "read-only", executed: "no", code: "ER_OPTION_PREVENTS_STATEMENT" },
};

// Without what the test servers run at each login: on MariaDB it fails where a password has expired.
for (const house of await clientHouses({ settings: { "init-connect": "" } })) {
  const { test, flavor } = house;
  const admin = () => house.server.admin();
  const open = (): Promise<Connection> => connect(house.server, login);

  const table = async () => {
    await admin().query("drop table if exists app.t; create table app.t (id int) engine = innodb");
    return async () => (await rowsOf(admin().query("select id from app.t"))).length;
  };

  test("an error of the statement itself has no effect, and is the statement's", async () => {
    await using connection = await open();
    const error = await errorOf(connection.query("select nope"));
    const expected: Failure = { kind: "other", executed: "no", code: "ER_BAD_FIELD_ERROR" };
    assert.deepEqual(classify(error), expected);
  });

  test("a server that only reads takes no write, and a commit there commits nothing", async () => {
    const count = await table();
    await admin().query("create table if not exists app.watched (id int)");
    await using begun = await open();
    await begun.beginTransaction();
    await begun.query("insert into t values (1)");
    // On MariaDB this waits for the transaction, and keeps others from committing meanwhile.
    const set = admin().query("set global read_only = on");
    try {
      await until(
        async () => {
          await using other = await open();
          await other.query("set lock_wait_timeout = 1");
          return await other.query("insert into watched values (1)").then(
            () => false,
            // It only reads, or on MariaDB: waits for the transaction.
            ({ errno }) => errno === 1290 || errno === 1205,
          );
        },
        "the server only reads",
      );
      const onCommit = await errorOf(begun.commit());
      assert.equal(onCommit.code, "ER_OPTION_PREVENTS_STATEMENT");
      assert.deepEqual(classify(onCommit), outcomes["readOnly"]);
      begun.destroy();
      await set;
      await using connection = await open();
      for (const sql of ["insert into t values (3)", "create table u (id int)"]) {
        assert.deepEqual(classify(await errorOf(connection.query(sql))), outcomes["readOnly"], sql);
      }
      assert.deepEqual(await rowsOf(connection.query("select id from t")), []);
    } finally {
      await admin().query("set global read_only = off");
    }
    assert.equal(await count(), 0);
  });

  test("a transaction that only reads takes no write", async () => {
    await table();
    await using connection = await open();
    await connection.query("start transaction read only");
    const error = await errorOf(connection.query("insert into t values (1)"));
    assert.deepEqual(classify(error), {
      kind: "read-only",
      executed: "no",
      code: "ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION",
    });
  });

  test("a statement that is cancelled has no effect, and its connection is as good as before", async () => {
    const count = await table();
    await using connection = await open();
    const slow = "insert into t select sleep(5) from (select 1 union select 2) two";
    const cancelled = errorOf(connection.query(slow));
    await running(house);
    await admin().query(`kill query ${connection.threadId}`);
    const error = await within(30_000, cancelled);
    assert.deepEqual(classify(error), {
      kind: "other",
      executed: "no",
      code: "ER_QUERY_INTERRUPTED",
    });
    assert.equal(await count(), 0);
    assert.deepEqual(await rowsOf(connection.query("select 1 as x")), [{ x: 1 }]);
  });

  test("a session that is killed loses its statement, which may have run", async () => {
    await using connection = await open();
    const lost = errorOf(connection.query(long));
    await running(house);
    await admin().query(`kill ${connection.threadId}`);
    assert.deepEqual(classify(await within(30_000, lost)), outcomes["lost"]);
    // What comes after is not even sent.
    assert.deepEqual(classify(await errorOf(connection.query("select 1"))), {
      ...outcomes["lost"],
      executed: "no",
    });
  });

  test("a statement for which the server has timed out before may go to another connection", async () => {
    await using connection = await open();
    await connection.query("set session wait_timeout = 1");
    // Nobody hears of it yet, as when the process was busy.
    const { connection: { stream } } = connection as unknown as {
      connection: { stream: { pause(): void; resume(): void } };
    };
    stream.pause();
    await until(
      async () => (await house.server.sessions({ user: "app" })).length === 0,
      "the server has closed the connection",
    );
    const late = errorOf(connection.query("select 1"));
    stream.resume();
    const failure = classify(await within(30_000, late));
    if (flavor === "mysql") {
      const code = "ER_CLIENT_INTERACTION_TIMEOUT";
      assert.deepEqual(failure, { kind: "connection", executed: "no", code });
    } else {
      // It says nothing, so nobody can know.
      assert.equal(failure.kind, "connection");
      assert.equal(failure.executed, "maybe");
    }
  });

  test("such a statement goes to another connection, unless it belongs to this one", async () => {
    await using client = house.client({ options: { max: 1 } });
    const { pool } = client;
    for (const owned of [true, false]) {
      const connection = await pool.getConnection();
      await connection.query("set session wait_timeout = 1");
      const { stream } = connection.connection as unknown as {
        stream: { pause(): void; resume(): void };
      };
      stream.pause();
      if (!owned) connection.release();
      await until(
        async () => (await house.server.sessions({ user: "app" })).length === 0,
        "the server has closed the connection",
      );
      const late = owned
        ? errorOf(connection.query("select 1 as x"))
        : rowsOf(pool.query("select 1 as x")).catch((error) => error);
      stream.resume();
      const outcome = await within(30_000, late);
      if (owned) connection.release();
      if (flavor === "mysql" && !owned) {
        assert.deepEqual(outcome, [{ x: 1 }]);
        continue;
      }
      const { possiblyExecuted } = outcome as { possiblyExecuted?: boolean };
      assert.equal(possiblyExecuted, flavor === "mariadb");
    }
  });

  test("an idle connection on which the server has timed out is replaced, unseen", async () => {
    await using client = house.client({ options: { max: 1 } });
    const { pool } = client;
    await pool.query("set session wait_timeout = 1");
    await until(() => client.events.some(({ type }) => type === "connection-lost"), "the loss");
    assert.deepEqual(await rowsOf(pool.query("select 1 as x")), [{ x: 1 }]);
  });

  test("a client whose own side seems closed loses its statement", async () => {
    await using connection = await open();
    const { connection: { stream } } = connection as unknown as {
      connection: { stream: { end(): void; write(bytes: Uint8Array, done: () => void): void } };
    };
    // What is written from now on comes to nothing, as in a network that has lost it.
    stream.write = (_, done) => done();
    const lost = errorOf(connection.query("select 1"));
    stream.end();
    const { kind, executed, code } = classify(await within(30_000, lost));
    assert.deepEqual([kind, executed], ["connection", "maybe"]);
    assert.equal(code, flavor === "mysql" ? "ER_NET_READ_ERROR" : "PROTOCOL_CONNECTION_LOST");
  });

  test("a statement that is too long for the server fails, and the next one runs", async () => {
    await admin().query("set global max_allowed_packet = 1048576");
    await using client = house.client({ options: { max: 1 } });
    const error = await errorOf(client.pool.query("select ?", ["x".repeat(2_000_000)]));
    await admin().query("set global max_allowed_packet = 16777216");
    // The server may have closed before its word was read.
    const codes = ["ER_NET_PACKET_TOO_LARGE", "PROTOCOL_CONNECTION_LOST", "ECONNRESET", "EPIPE"];
    assert.ok(codes.includes(error.code!), error.code);
    assert.deepEqual(await rowsOf(client.pool.query("select 1 as x")), [{ x: 1 }]);
  });

  test("an account's limit of statements is an error of the statement", async () => {
    await admin().query("create user few identified by 'p' with max_queries_per_hour 1");
    await using connection = await connect(house.server, { user: "few", password: "p" });
    await connection.query("select 1");
    const error = await errorOf(connection.query("select 1"));
    const expected: Failure = { kind: "other", executed: "no", code: "ER_USER_LIMIT_REACHED" };
    assert.deepEqual(classify(error), expected);
  });

  if (flavor === "mariadb") {
    test("a password that has expired may be told by the statements only", async () => {
      await admin().query("create user expired identified by 'p' password expire");
      await using connection = await connect(house.server, { user: "expired", password: "p" });
      const error = await errorOf(connection.query("select 1"));
      const expected: Failure = { kind: "other", executed: "no", code: "ER_MUST_CHANGE_PASSWORD" };
      assert.deepEqual(classify(error), expected);
    });
  }
}

/** What a statement and its successor are told by a server that shuts down. */
async function shutDown(flavor: Flavor): Promise<Failure[]> {
  await using server = await startMysql({ flavor });
  await server.admin().query("create user app identified by 'p'");
  await using busy = await connect(server, { user: "app", password: "p" });
  const lost = errorOf(busy.query(long));
  await running({ server });
  await server.admin().query("shutdown");
  return [
    classify(await within(30_000, lost)),
    classify(await within(30_000, errorOf(busy.query("do 0")))),
  ];
}

for (const flavor of ["mysql", "mariadb"] as const) {
  const test = await mysqlTests(flavor);
  test("a server that shuts down loses the statements under way, which may have run", async () => {
    const cut = "PROTOCOL_CONNECTION_LOST";
    // MySQL has other words for a connection whose thread is late with it, or none: the machine was
    // busy.
    const late = [cut, "ER_NEW_ABORTING_CONNECTION", "ECONNRESET"];
    const code = flavor === "mysql" ? "ER_SERVER_SHUTDOWN" : cut;
    let [lost, next] = await shutDown(flavor);
    for (let again = 0; again < 3 && flavor === "mysql" && late.includes(lost!.code); again++) {
      assert.deepEqual(lost, { ...outcomes["lost"], code: lost!.code });
      [lost, next] = await shutDown(flavor);
    }
    assert.deepEqual(lost, { ...outcomes["lost"], code });
    assert.equal(next!.kind, "connection");
  });
}

(await mysqlTests("mysql"))("a server whose tables cannot be written takes no write", async () => {
  await using server = await startMysql({
    flavor: "mysql",
    settings: {
      "innodb-read-only": "ON",
      "skip-log-bin": "",
      "gtid-mode": "OFF",
      "enforce-gtid-consistency": "OFF",
    },
  });
  const error = await errorOf(server.admin().query("create database app"));
  assert.deepEqual(classify(error), {
    kind: "read-only",
    executed: "no",
    code: "ER_READ_ONLY_MODE",
  });
});

Deno.test("errors that this machine's servers do not give are known by their numbers", () => {
  const known: [errno: number, failure: Failure][] = [
    [1152, { kind: "connection", executed: "maybe", code: "ER_ABORTING_CONNECTION" }],
    [1184, { kind: "connection", executed: "maybe", code: "ER_NEW_ABORTING_CONNECTION" }],
    [1927, { kind: "connection", executed: "maybe", code: "ER_CONNECTION_KILLED" }],
    [1159, { kind: "connection", executed: "maybe", code: "ER_NET_READ_INTERRUPTED" }],
    [1160, { kind: "connection", executed: "maybe", code: "ER_NET_ERROR_ON_WRITE" }],
    [1161, { kind: "connection", executed: "maybe", code: "ER_NET_WRITE_INTERRUPTED" }],
    [3169, { kind: "connection", executed: "maybe", code: "ER_SESSION_WAS_KILLED" }],
  ];
  for (const [errno, failure] of known) {
    assert.deepEqual(classify(Object.assign(new Error("killed"), { errno })), failure);
  }
  // The number of an option that prevents a statement is no news of a server that only reads.
  const other = Object.assign(new Error("running with the --secure-file-priv option"), {
    errno: 1290,
    code: "ER_OPTION_PREVENTS_STATEMENT",
  });
  assert.equal(classify(other).kind, "other");
});
