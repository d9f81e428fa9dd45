/** Logical replication through rotation. */

import assert from "node:assert/strict";
import postgres from "postgres";
import { rotatingPostgres } from "../../../adapters/postgres/mod.ts";
import { credentialProvider, Secret } from "../../../mod.ts";
import { startPostgres } from "../../servers/postgres/mod.ts";

Deno.test("subscribe hears of changes, also after its session was killed and the password changed", async () => {
  await using server = await startPostgres({ settings: { wal_level: "logical" } });
  const admin = server.admin();
  await admin.unsafe("create role app login replication password 'one'");
  await admin.unsafe("create table items (id int primary key); grant all on items to app");
  await admin.unsafe("create publication alltables for all tables");
  let [versionId, password] = ["1", "one"];
  using credentials = credentialProvider({
    name: "test",
    read: (stage) =>
      Promise.resolve(
        stage === "current"
          ? { versionId, value: new Secret(JSON.stringify({ username: "app", password })) }
          : undefined,
      ),
  });
  await using sql = rotatingPostgres(
    (login) => postgres({ database: "postgres", ...login }),
    { credentials, host: server.host, port: server.port, max: 2 },
  );

  const heard: number[] = [];
  let subscribed = Promise.withResolvers<void>();
  let change = Promise.withResolvers<void>();
  const handle = await sql.subscribe(
    "insert:items",
    (row) => {
      heard.push(row!.id);
      change.resolve();
    },
    () => subscribed.resolve(),
  );
  await subscribed.promise;
  await sql`insert into items values (1)`;
  await change.promise;

  subscribed = Promise.withResolvers();
  change = Promise.withResolvers();
  await admin.unsafe("alter role app password 'two'");
  [versionId, password] = ["2", "two"];
  await admin.unsafe(
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'",
  );
  await subscribed.promise;
  await admin.unsafe("insert into items values (2)");
  await change.promise;
  assert.deepEqual(heard, [1, 2]);
  assert.ok((await server.failedLogins()).length <= 1);

  handle.unsubscribe();
});
