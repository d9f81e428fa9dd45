import assert from "node:assert/strict";
import postgres from "postgres";
import { classify } from "../../../adapters/postgres/classify.ts";
import type { FailureKind } from "../../../core/failure.ts";
import { startPostgres } from "../../servers/postgres/mod.ts";

type Login = postgres.Options<Record<never, never>>;

Deno.test("codes of the driver and the system", () => {
  const cases: [code: string, kind: FailureKind, executed: string][] = [
    ["CONNECTION_CLOSED", "connection", "maybe"],
    ["CONNECTION_DESTROYED", "connection", "maybe"],
    ["ECONNRESET", "connection", "maybe"],
    ["EPIPE", "connection", "maybe"],
    ["ETIMEDOUT", "connection", "maybe"],
    ["ECONNREFUSED", "connection", "no"],
    ["ENOTFOUND", "connection", "no"],
    ["EAI_AGAIN", "connection", "no"],
    ["CONNECT_TIMEOUT", "connection", "no"],
    ["25006", "read-only", "no"],
    ["23505", "other", "no"],
    ["40001", "other", "no"],
  ];
  for (const [code, kind, executed] of cases) {
    assert.deepEqual(classify(Object.assign(new Error("x"), { code })), { kind, executed, code });
  }
});

Deno.test("a code of a login counts only when it ended the session", () => {
  const codes: [code: string, kind: FailureKind][] = [
    ["28P01", "auth"],
    ["28000", "auth"],
    ["42501", "refused"],
    ["3D000", "refused"],
    ["53300", "busy"],
    ["57P03", "starting"],
    ["57P01", "connection"],
    ["57P02", "connection"],
  ];
  for (const [code, kind] of codes) {
    const error = (severity: string) => Object.assign(new Error("x"), { code, severity });
    assert.equal(classify(error("FATAL")).kind, kind);
    assert.equal(classify(error("ERROR")).kind, "other");
  }
});

Deno.test("a statement that a standby cancelled can be told from a serialisation failure", () => {
  const conflict = "canceling statement due to conflict with recovery";
  const error = (message: string) => Object.assign(new Error(message), { code: "40001" });
  assert.equal(classify(error(conflict)).kind, "replica-lag");
  assert.equal(classify(error("could not serialize access")).kind, "other");
});

Deno.test("whatever was thrown is classified, and only its code is kept", () => {
  const thrown = [
    undefined,
    null,
    "text",
    7,
    {},
    Object.create(null),
    new Error("secret"),
    Symbol(),
  ];
  for (const value of thrown) {
    const { kind, executed, code } = classify(value);
    assert.deepEqual([kind, executed], ["other", "no"]);
    assert.ok(["UNKNOWN", "Error"].includes(code));
  }
  // Names that every object inherits are no codes.
  for (const code of ["constructor", "toString", "__proto__"]) {
    assert.equal(classify({ code, severity: "FATAL" }).kind, "other");
  }
});

Deno.test("what a real server and the real driver throw is classified", async (t) => {
  await using server = await startPostgres({ settings: { superuser_reserved_connections: "1" } });
  await server.admin().unsafe(`
    create role app login password 'right'; create role locked nologin password 'right';
    create role expired login password 'right' valid until '2001-01-01';
    create role one login password 'right' connection limit 0`);
  await server.admin()`create database closed`;
  await server.admin()`revoke connect on database closed from public`;
  const failureOf = async (login: Login, statement = "select 1") => {
    const { host, port } = server;
    const sql = postgres({
      host,
      port,
      user: "app",
      password: "right",
      database: "postgres",
      max: 1,
      ...login,
    });
    try {
      return await sql.unsafe(statement).then(() => undefined, classify);
    } finally {
      await sql.end({ timeout: 5 });
    }
  };
  const cases: [what: string, login: Login, statement: string, kind: FailureKind, code: string][] =
    [
      ["a wrong password", { password: "wrong" }, "", "auth", "28P01"],
      ["an unknown user", { user: "nobody" }, "", "auth", "28P01"],
      ["a user who may not log in", { user: "locked" }, "", "auth", "28000"],
      ["an expired password", { user: "expired" }, "", "auth", "28P01"],
      ["too many connections", { user: "one" }, "", "busy", "53300"],
      ["no such database", { database: "none" }, "", "refused", "3D000"],
      ["no right to connect", { database: "closed" }, "", "refused", "42501"],
      ["nobody there", { port: 1 }, "", "connection", "ECONNREFUSED"],
      ["no right to a table", {}, "select * from pg_authid", "other", "42501"],
      ["a login's code in a statement", {}, raise("28P01"), "other", "28P01"],
      [
        "a read-only transaction",
        {},
        "set transaction read only; create table t ()",
        "read-only",
        "25006",
      ],
    ];
  for (const [what, login, statement, kind, code] of cases) {
    await t.step(what, async () => {
      const failure = await failureOf(login, statement || undefined);
      assert.deepEqual([failure?.kind, failure?.code], [kind, code]);
    });
  }
});

/** A statement that raises a SQLSTATE of its own choice. */
function raise(code: string): string {
  return `do $$ begin raise exception 'x' using errcode = '${code}'; end $$`;
}
