/** MySQL and MariaDB for the rotator's tests. */

import assert from "node:assert/strict";
import { join } from "node:path";
import mysql, { type Pool, type RowDataPacket } from "mysql2/promise";
import { type MysqlFactory, mysqlTarget } from "../../../adapters/mysql2/mod.ts";
import {
  type Flavor,
  type MysqlOptions,
  type MysqlServer,
  startMysql,
} from "../../servers/mysql/mod.ts";
import type { Address, DatabaseKind, TestDatabase } from "./database.ts";

/** How a login ends: "ok", or the code of the refusal. */
export async function loginCode(at: Address, user: string, password: string): Promise<string> {
  try {
    const connection = await mysql.createConnection({ ...at, user, password });
    await connection.query("select 1");
    await connection.end();
    return "ok";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** The factory of a user who reads the documentation. */
export const factory = ((login) => mysql.createPool({ ...login })) satisfies MysqlFactory;

export const mysqlKind = kind("mysql");
export const mariadbKind = kind("mariadb");

function kind(flavor: Flavor): DatabaseKind<MysqlServer> {
  const isMysql = flavor === "mysql";
  return {
    name: isMysql ? "MySQL" : "MariaDB",
    knowsItsPrimary: isMysql,
    hasSecondPasswords: isMysql,
    start: () => startMysqlDatabase({ flavor }),
  };
}

export async function startMysqlDatabase(
  options: MysqlOptions,
): Promise<TestDatabase<MysqlServer>> {
  const { flavor } = options;
  const server = await startMysql(options);
  // One that is open: a connection that a test opened would count as its leak.
  const admin = server.admin();
  await prepare(admin);
  await server.replica?.admin().query("select 1");
  const isMysql = flavor === "mysql";
  const { host, port, superuser } = server;
  return {
    server,
    at: { host, port },
    superuser,
    engine: flavor,
    target: mysqlTarget(factory),
    refusal: "ER_ACCESS_DENIED_ERROR",
    async createApp({ user, password }) {
      const account = mysql.escape(user);
      await admin.query(`
        create user ${account} identified by ${mysql.escape(password)} with max_user_connections 90;
        grant select, insert, create, drop on shop.* to ${account};
        grant select (id), update (name) on shop.items to ${account};
        grant reader to ${account}`);
      await admin.query(
        isMysql
          ? `alter user ${account} default role reader;
             grant application_password_admin on *.* to ${account}`
          : `set default role reader for ${account}`,
      );
    },
    async createUser(user, password) {
      await admin.query("create user ? identified by ?", [user, password]);
    },
    async setPassword(user, password) {
      await admin.query("alter user ? identified by ?", [user, password]);
      // Without this, the second of two passwords would go on logging in.
      if (isMysql) await admin.query("alter user ? discard old password", [user]);
    },
    async makeAdministrator(user) {
      await admin.query("grant super on *.* to ?", [user]);
    },
    async grantMore(user) {
      const account = mysql.escape(user);
      await admin.query(`
        grant process on *.* to ${account} with grant option;
        grant all privileges on other.* to ${account};
        grant select, insert (name), update (id) on shop.items to ${account} with grant option;
        grant writer to ${account} with admin option;
        alter user ${account} with max_queries_per_hour 700`);
    },
    async takeAway(user) {
      const account = mysql.escape(user);
      await admin.query(`
        revoke select on shop.* from ${account};
        revoke select (id) on shop.items from ${account};
        revoke reader from ${account}`);
    },
    loginCode,
    async verifier(user) {
      const [[row]] = await admin.query<RowDataPacket[]>(
        `select authentication_string as kept from mysql.user where User = ? and Host = '%'`,
        [user],
      );
      return row?.["kept"];
    },
    rights: (user) => rights(admin, flavor, { user, host: "%" }),
    logged: (text) => logged(server, text),
    async sendInTheClear(text) {
      // MariaDB logs a password as it is; MySQL masks it, but no other text.
      await admin.query("create user ? identified by ?", ["plain", text]);
      if (isMysql) await admin.query("select ?", [text]);
    },
    another: () => startMysqlDatabase({ flavor }),
    restart: () => server.restart(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

async function prepare(admin: Pool): Promise<void> {
  await admin.query(`
    create database shop; create database other;
    create table shop.items (id int, name text);
    create role reader; create role writer;
    grant select on shop.* to reader;
    insert ignore into mysql.proxies_priv (Host, User, Proxied_host, Proxied_user, With_grant,
      Grantor) values ('%', 'root', '', '', 1, '');
    flush privileges`);
}

/** The general log, every binary log and the error log, byte by byte. */
async function logged(server: MysqlServer, text: string): Promise<number> {
  const admin = server.admin();
  const marker = `marker-${crypto.randomUUID()}`;
  await admin.query(`select '${marker}'`);
  await admin.query("flush binary logs");
  const [[row]] = await admin.query<RowDataPacket[]>(
    "select @@datadir as folder, @@general_log_file as general",
  );
  const { folder, general } = row as unknown as { folder: string; general: string };
  const files = [general.startsWith("/") ? general : join(folder, general)];
  for await (const { name } of Deno.readDir(folder)) {
    if (/^binlog\.\d+$/.test(name)) files.push(join(folder, name));
  }
  assert.ok(files.length >= 3, `no binary logs: ${files.join()}`);
  const texts = await Promise.all(
    files.map((file) => Deno.readFile(file).then((bytes) => latin1.decode(bytes))),
  );
  assert.ok(texts[0]!.includes(marker));
  texts.push((await server.log()).join("\n"));
  const needle = latin1.decode(new TextEncoder().encode(text));
  return texts.reduce((sum, all) => sum + all.split(needle).length - 1, 0);
}

const latin1 = new TextDecoder("latin1");

/**
 * What makes two accounts equal, from the tables in which the server keeps it: attributes, rights
 * of every level, roles, proxies.
 */
export async function rights(
  admin: Pool,
  flavor: Flavor,
  { user, host }: { readonly user: string; readonly host: string },
): Promise<unknown> {
  const isMysql = flavor === "mysql";
  const found: Tables = {};
  const tables: Readonly<Record<string, string>> = {
    "mysql.db": "* where User = ? and Host = ?",
    "mysql.tables_priv": "* where User = ? and Host = ?",
    "mysql.columns_priv": "* where User = ? and Host = ?",
    "mysql.procs_priv": "* where User = ? and Host = ?",
    "mysql.proxies_priv": "* where User = ? and Host = ?",
    ...isMysql
      ? {
        "mysql.user": "* where User = ? and Host = ?",
        "mysql.global_grants": "* where USER = ? and HOST = ?",
        "mysql.role_edges": "* where TO_USER = ? and TO_HOST = ?",
        "mysql.default_roles": "* where USER = ? and HOST = ?",
      }
      : {
        "mysql.global_priv": "* where User = ? and Host = ?",
        "mysql.roles_mapping": "* where User = ? and Host = ?",
      },
  };
  for (const [table, what] of Object.entries(tables)) {
    const [rows] = await admin.query<RowDataPacket[]>(
      `select * from ${table} ${what.slice(2)}`,
      [user, host],
    );
    found[table] = rows;
  }
  withoutCoveredColumns(found);
  withoutLostRole(found);
  return Object.fromEntries(
    Object.entries(found).map(([table, rows]) => [
      table,
      rows.filter(grantsSomething).map(comparable).sort(),
    ]),
  );
}

type Tables = Record<string, RowDataPacket[]>;

/** Whoever has every right on a table has no more of them by having some on its columns. */
function withoutCoveredColumns(found: Tables): void {
  const everything = 12;
  const tables = found["mysql.tables_priv"]!
    .filter((row) =>
      row["Table_priv"].replace(/,?Grant|,?Delete versioning rows/g, "").split(",").length ===
        everything
    );
  for (const table of tables) {
    table["Column_priv"] = "";
    const same = (row: RowDataPacket) =>
      row["Db"] === table["Db"] && row["Table_name"] === table["Table_name"];
    found["mysql.columns_priv"] = found["mysql.columns_priv"]!.filter((row) => !same(row));
  }
}

/** MariaDB goes on naming a default role that was revoked. */
function withoutLostRole(found: Tables): void {
  for (const row of found["mysql.global_priv"] ?? []) {
    const fields = typeof row["Priv"] === "string" ? JSON.parse(row["Priv"]) : row["Priv"];
    if (found["mysql.roles_mapping"]!.some((held) => held["Role"] === fields.default_role)) {
      continue;
    }
    delete fields.default_role;
    row["Priv"] = fields;
  }
}

/** Servers keep rows of which everything was revoked. */
function grantsSomething(row: RowDataPacket): boolean {
  const rights = Object.entries(row).filter(([column]) => /_priv$/i.test(column));
  return "plugin" in row || rights.length === 0 ||
    rights.some(([, value]) => value !== "N" && value !== "");
}

/** Not a right: whose account it is, since when, by whom, and with which password. */
const ownColumns = new Set([
  "user",
  "host",
  "to_user",
  "to_host",
  "timestamp",
  "grantor",
  "authentication_string",
  "password_last_changed",
]);

const ownFields = new Set([
  "authentication_string",
  "password_last_changed",
  "additional_password",
  "version_id",
]);

/** A row as a text; JSON as the fields that are set. */
function comparable(row: RowDataPacket): string {
  const kept = Object.entries(row).filter(([column]) => !ownColumns.has(column.toLowerCase()));
  return JSON.stringify(kept.map(([column, value]) => [column, plain(column, value)]));
}

function plain(column: string, value: unknown): unknown {
  if (!["Priv", "User_attributes"].includes(column) || value === null) return value;
  const fields = typeof value === "string" ? JSON.parse(value) : value as object;
  // Missing, or written out as what missing means.
  const unset = (field: unknown) =>
    [null, false, 0, -1, "", "{}"].includes(
      typeof field === "object" && field !== null && Object.values(field).every((v) => v === 0)
        ? "{}"
        : field as string,
    );
  const set = Object.entries(fields).filter(([name, field]) =>
    !ownFields.has(name) && !unset(name === "password_lifetime" && field === 0 ? "never" : field)
  );
  return set.length === 0 ? null : set.sort();
}
