/** What the servers' refusals of a login mean: each is provoked. */

import assert from "node:assert/strict";
import type { Connection, ConnectionOptions } from "mysql2/promise";
import { classifyLogin } from "../../../adapters/mysql2/classify.ts";
import type { FailureKind } from "../../../core/failure.ts";
import { connect, failureOf } from "../../servers/mysql_client.ts";
import type { Flavor } from "../../servers/mysql/mod.ts";
import { until } from "../outcome.ts";
import { type ClientHouse, clientHouses } from "./fixture.ts";

/** The same on both servers, or not. */
type PerFlavor<T> = T | Readonly<Record<Flavor, T>>;

/** A way to be refused. */
interface Refusal {
  readonly what: string;
  readonly errno: PerFlavor<number>;
  readonly kind: FailureKind;
  readonly code: PerFlavor<string>;
  /** How to log in besides what is right. */
  readonly login?: ConnectionOptions;
  /** What the administrator does before; `$user` is one of its own. */
  readonly before?: PerFlavor<string>;
  /** What he does after it, because it concerns others. */
  readonly after?: PerFlavor<string>;
  /** Logins of the user that come before. */
  readonly logins?: { readonly count: number; readonly password?: string; readonly stay?: boolean };
}

const refusals: readonly Refusal[] = [
  {
    what: "a wrong password",
    errno: 1045,
    kind: "auth",
    code: "ER_ACCESS_DENIED_ERROR",
    login: { password: "wrong" },
  },
  {
    what: "an unknown user",
    errno: 1045,
    kind: "auth",
    code: "ER_ACCESS_DENIED_ERROR",
    login: { user: "nobody" },
  },
  {
    // Not 1130, which is for hosts from which nobody may come.
    what: "a host from which the user may not come",
    errno: 1045,
    kind: "auth",
    code: "ER_ACCESS_DENIED_ERROR",
    before: "rename user $user to $user@'10.9.8.7'",
  },
  {
    what: "a locked account",
    errno: { mysql: 3118, mariadb: 4151 },
    kind: "auth",
    code: "ER_ACCOUNT_HAS_BEEN_LOCKED",
    before: "alter user $user account lock",
  },
  {
    what: "a password that has expired",
    errno: 1862,
    kind: "auth",
    code: "ER_MUST_CHANGE_PASSWORD_LOGIN",
    before: {
      mysql: "alter user $user password expire",
      mariadb: "alter user $user password expire; set global disconnect_on_expired_password = on",
    },
    after: { mysql: "do 0", mariadb: "set global disconnect_on_expired_password = off" },
  },
  {
    what: "too many wrong passwords",
    errno: { mysql: 3955, mariadb: 4150 },
    kind: "locked",
    code: {
      mysql: "ER_USER_ACCESS_DENIED_FOR_USER_ACCOUNT_BLOCKED_BY_PASSWORD_LOCK",
      mariadb: "ER_USER_IS_BLOCKED",
    },
    before: {
      mysql: "alter user $user failed_login_attempts 2 password_lock_time 1",
      mariadb: "set global max_password_errors = 2",
    },
    logins: { count: 2, password: "wrong" },
    after: { mysql: "do 0", mariadb: "set global max_password_errors = 4294967295" },
  },
  {
    what: "an account that takes no password",
    errno: 1698,
    kind: "refused",
    code: "ER_ACCESS_DENIED_NO_PASSWORD_ERROR",
    before: {
      mysql: "install plugin auth_socket soname 'auth_socket.so'; " +
        "alter user $user identified with auth_socket",
      mariadb: "alter user $user identified via unix_socket",
    },
  },
  {
    what: "a database to which the user has no right",
    errno: 1044,
    kind: "refused",
    code: "ER_DBACCESS_DENIED_ERROR",
    login: { database: "mysql" },
  },
  {
    what: "a database that does not exist",
    errno: 1049,
    kind: "refused",
    code: "ER_BAD_DB_ERROR",
    before: "grant select on *.* to $user",
    login: { database: "nowhere" },
  },
  {
    what: "more sessions than the account may have",
    errno: 1226,
    kind: "busy",
    code: "ER_USER_LIMIT_REACHED",
    before: "alter user $user with max_user_connections 1",
    logins: { count: 1, stay: true },
  },
  {
    what: "more logins than the account may have in an hour",
    errno: 1226,
    kind: "busy",
    code: "ER_USER_LIMIT_REACHED",
    before: "alter user $user with max_connections_per_hour 1",
    logins: { count: 1 },
  },
  {
    what: "more sessions than any account may have",
    errno: 1203,
    kind: "busy",
    code: "ER_TOO_MANY_USER_CONNECTIONS",
    before: "set global max_user_connections = 1",
    logins: { count: 1, stay: true },
    after: "set global max_user_connections = 1000",
  },
  {
    what: "more sessions than the server may have",
    errno: 1040,
    kind: "busy",
    code: "ER_CON_COUNT_ERROR",
    before: "set global max_connections = 10",
    // And the administrator.
    logins: { count: 9, stay: true },
    after: "set global max_connections = 150",
  },
];

const password = "right-password";

async function provoke(
  { server, flavor }: ClientHouse,
  user: string,
  { login, before, logins, after }: Refusal,
): Promise<unknown> {
  const run = (sql: PerFlavor<string> = "do 0") =>
    server.admin().query(choose(flavor, sql).replaceAll("$user", user));
  await server.admin().query("create user ? identified by ?", [user, password]);
  await server.admin().query("grant all on app.* to ?", [user]);
  const base = { user, password, database: "app" };
  // The connections of the test before are counted until the server has noticed that they ended.
  await until(async () => {
    const [rows] = await server.admin().query("show status like 'Threads_connected'");
    return (rows as { Value: string }[])[0]!.Value === "1";
  }, "the administrator is alone");
  const staying: Connection[] = [];
  await run(before);
  try {
    const { count = 0, password, stay } = logins ?? {};
    for (let n = 0; n < count; n++) {
      if (password !== undefined) await failureOf(server, { ...base, password });
      else staying.push(await connect(server, base));
      if (!stay) staying.pop()?.destroy();
    }
    return await failureOf(server, { ...base, ...login });
  } finally {
    for (const connection of staying) connection.destroy();
    await run(after);
  }
}

function choose<T extends string | number>(flavor: Flavor, value: PerFlavor<T>): T {
  return typeof value === "object" ? value[flavor] : value;
}

for (const house of await clientHouses({ settings: { "max-user-connections": "1000" } })) {
  const { test, flavor } = house;

  for (const [index, refusal] of refusals.entries()) {
    const { what, kind } = refusal;
    test(`a login refused for ${what} is ${kind}`, async () => {
      const error = await provoke(house, `refused${index}`, refusal) as { errno: number };
      assert.equal(error.errno, choose(flavor, refusal.errno));
      const code = choose(flavor, refusal.code);
      assert.deepEqual(classifyLogin(error), { kind, executed: "no", code });
    });
  }
}

Deno.test("a login where nobody listens is a failure of the connection", async () => {
  const error = await failureOf({ host: "127.0.0.1", port: 1 }, { user: "app" });
  const expected = { kind: "connection", executed: "no", code: "ECONNREFUSED" };
  assert.deepEqual(classifyLogin(error), expected);
});

Deno.test("refusals that this machine's servers do not give are known by their numbers", () => {
  const known: [errno: number, kind: FailureKind, code: string][] = [
    [1129, "busy", "ER_HOST_IS_BLOCKED"],
    [1130, "refused", "ER_HOST_NOT_PRIVILEGED"],
    [1820, "auth", "ER_MUST_CHANGE_PASSWORD"],
    [1053, "starting", "ER_SERVER_SHUTDOWN"],
  ];
  for (const [errno, kind, code] of known) {
    const error = Object.assign(new Error("refused"), { errno });
    assert.deepEqual(classifyLogin(error), { kind, executed: "no", code });
  }
});
