/** Factories that do not do what they should are told so. */

import assert from "node:assert/strict";
import postgres from "postgres";
import { type PostgresFactory, rotatingPostgres } from "../../../adapters/postgres/mod.ts";
import { credentialProvider } from "../../../core/provider/provider.ts";
import { app, clientHouse } from "./fixture.ts";
import { type StatementError, within } from "../outcome.ts";
import { StagedSource } from "../staged_source.ts";

const house = clientHouse();
const base = { database: "postgres" };

/** What a client of this factory throws, at once or with its first statement. */
async function faultOf(factory: PostgresFactory<postgres.Sql>): Promise<StatementError> {
  using credentials = credentialProvider(
    new StagedSource({ current: { versionId: "v1", ...app } }),
  );
  const { host, port } = house.server;
  try {
    await using sql = rotatingPostgres(factory, { credentials, host, port, loginBudgetMs: 2_000 });
    await within(30_000, sql`select 1`);
  } catch (error) {
    return error as StatementError;
  }
  throw new Error("The factory was accepted.");
}

const faulty: [what: string, factory: PostgresFactory<postgres.Sql>, says: RegExp][] = [
  ["ignores the login", () => postgres({ ...base }), /does not pass on user|host of its own/],
  [
    "sets its own password under the driver's other name",
    // The driver takes `pass` before `password`, wherever it stands.
    (login) => postgres({ ...base, pass: "static", ...login }),
    /password of its own/,
  ],
  [
    "names several hosts",
    (login) => postgres({ ...login, ...base, host: "a,b" }),
    /several hosts/,
  ],
  [
    "chooses hosts by their role",
    (login) => postgres({ ...base, target_session_attrs: "read-write", ...login }),
    /target_session_attrs/,
  ],
  ["returns an object", () => ({}) as unknown as postgres.Sql, /no postgres\.js instance/],
  [
    "returns another kind of function",
    () => Object.assign(() => {}, { options: {} }) as unknown as postgres.Sql,
    /no postgres\.js instance/,
  ],
];

for (const [what, factory, says] of faulty) {
  Deno.test(`a factory that ${what} is an invalid option`, async () => {
    const error = await faultOf(factory);
    assert.equal(error.code, "INVALID_OPTION", error.message);
    assert.match(error.message, says);
  });
}

Deno.test("a factory that takes a URL and spreads the login is fine", async () => {
  using credentials = credentialProvider(
    new StagedSource({ current: { versionId: "v1", ...app } }),
  );
  const { host, port } = house.server;
  await using sql = rotatingPostgres(
    (login) => postgres("postgres://nobody:nothing@elsewhere:1/postgres", { ...login }),
    { credentials, host, port },
  );
  assert.deepEqual([...await within(30_000, sql`select current_user as u`)], [{ u: "app" }]);
});
