/** The parts that need no drizzle-kit. */

import assert from "node:assert/strict";
import { findExports } from "../../../adapters/drizzle_kit/agent/credentials_module.ts";
import { findCredential } from "../../../adapters/drizzle_kit/agent/find_credential.ts";
import { rotatingCredentials } from "../../../adapters/drizzle_kit/mod.ts";
import { decodeMessage, encodeMessage, Lines } from "../../../adapters/drizzle_kit/protocol.ts";
import { parseArguments } from "../../../adapters/drizzle_kit/runner/arguments.ts";
import { isLoginFailure } from "../../../adapters/drizzle_kit/runner/login_failure.ts";
import { describeFailure } from "../../../adapters/drizzle_kit/witness.ts";
import { credentialProvider } from "../../../core/provider/provider.ts";
import { StagedSource, type Stages } from "../staged_source.ts";

const login = (versionId: string, username = "app") => ({
  versionId,
  username,
  password: `password-of-${versionId}`,
});

function candidates(stages: Stages, refused: readonly string[]) {
  const credentials = credentialProvider(new StagedSource(stages), { refreshAheadMs: 0 });
  return findCredential({ credentials, client: undefined }, refused)
    .finally(() => credentials.close());
}

Deno.test("a leading -- is the runner's, a further one drizzle-kit's", () => {
  const args = (...given: string[]) => parseArguments(given);
  assert.deepEqual(args("--", "migrate"), args("migrate"));
  assert.deepEqual(args("--", "--", "x").args, ["--", "x"]);
  assert.equal(args("--config=a.ts", "studio", "--port", "1").command, "studio");
  assert.ok(args("studio").isStudio);
  assert.ok(!args("push", "--", "studio").isStudio);
  assert.equal(args().command, "");
});

Deno.test("candidates come in the ladder's order, the other user of a pair last", async () => {
  const single = { current: login("v2"), pending: login("v3"), previous: login("v1") };
  const order = async (stages: Stages) => {
    const refused: string[] = [];
    while (true) {
      const found = await candidates(stages, refused).catch((error) => {
        assert.equal(error.code, "LOGIN_REFUSED");
        return undefined;
      });
      if (found === undefined) return refused;
      assert.equal(found.password, `password-of-${found.versionId}`);
      refused.push(found.versionId);
    }
  };
  assert.deepEqual(await order(single), ["v2", "v3", "v1"]);
  const alternating = { ...single, pending: login("v3", "app_clone") };
  assert.deepEqual(await order(alternating), ["v2", "v1", "v3"]);
  assert.deepEqual(await order({ current: login("v2") }), ["v2"]);
});

Deno.test("a client that logs in with the version that drizzle-kit was refused is a hint", async () => {
  const credentials = credentialProvider(new StagedSource({ current: login("v1") }));
  const client = {
    unsafe: () => Promise.resolve([]),
    rotation: { stats: () => ({ endpoint: { endpoint: "db.example:5432", versionId: "v1" } }) },
  };
  const found = await findCredential({ credentials, client }, []);
  assert.deepEqual([found.host, found.port, found.username], ["db.example", 5432, "app"]);
  await assert.rejects(findCredential({ credentials, client }, ["v1"]), {
    code: "LOGIN_REFUSED",
    message: /db\.example:5432 .*host, port, database and ssl/,
  });
  credentials.close();
});

Deno.test("a module exports one provider, under any name, and at most one client", () => {
  const provider = credentialProvider(new StagedSource({ current: login("v1") }));
  const other = credentialProvider(new StagedSource({ current: login("v1") }));
  const client = Object.assign(() => {}, { unsafe: () => {}, rotation: { stats: () => {} } });
  const found = findExports("db.ts", { a: provider, default: provider, b: client, c: null, d: 1 });
  assert.equal(found.credentials, provider);
  assert.equal(found.client as unknown, client);
  assert.equal(findExports("db.ts", { provider }).client, undefined);
  for (const exports of [{}, { provider, other }, { provider, a: client, b: { ...client } }]) {
    assert.throws(() => findExports("db.ts", exports), { code: "INVALID_OPTION" });
  }
  provider.close();
  other.close();
});

Deno.test("a login that failed is told from a statement that failed", () => {
  const seen = (fields: object) => describeFailure(Object.assign(new Error("no"), fields));
  const yes = [
    { code: "28P01", severity: "FATAL" },
    { code: "28000", severity: "FATAL", query: "select 1" },
    { code: "ER_ACCESS_DENIED_ERROR", errno: 1045 },
    { errno: 4151 },
    { cause: Object.assign(new Error("inner"), { errno: 1045 }) },
  ];
  for (const fields of yes) assert.ok(isLoginFailure(seen(fields), ""), JSON.stringify(fields));
  const no = [
    { code: "28000", severity: "ERROR" },
    { code: "ER_ACCESS_DENIED_ERROR", errno: 1045, sql: "create user x" },
    { code: "42P07", severity: "ERROR" },
    { code: "ECONNREFUSED", errno: -111 },
  ];
  for (const fields of no) assert.ok(!isLoginFailure(seen(fields), ""), JSON.stringify(fields));
  assert.ok(isLoginFailure(undefined, "  code: '28P01',\n"));
  assert.ok(isLoginFailure(undefined, "Access denied for user 'app'@'localhost'"));
  assert.ok(!isLoginFailure(undefined, "[✓] migrations applied"));
});

Deno.test("of an error the innermost one is told, and a driver that is not there is none", () => {
  const cause = Object.assign(new Error("relation exists\nmore"), { code: "42P07" });
  const failure = describeFailure(new Error("Failed query: ...", { cause }));
  assert.equal(failure?.message, "relation exists");
  assert.equal(failure.code, "42P07");
  const missing = Object.assign(new Error("no pg"), { code: "ERR_MODULE_NOT_FOUND" });
  assert.equal(describeFailure(missing), undefined);
  assert.equal(describeFailure("text"), undefined);
});

Deno.test("messages are told from what a module prints, and lines survive any cut", () => {
  const message = { type: "failed", code: "X", message: "two\nlines" } as const;
  const text = `printed\nhalf a line${encodeMessage(message)}`;
  for (let cut = 0; cut <= text.length; cut++) {
    const lines = new Lines();
    const all = [...lines.push(text.slice(0, cut)), ...lines.push(text.slice(cut))];
    assert.deepEqual(all.map(decodeMessage), [undefined, message]);
  }
});

Deno.test("the configuration's helper refuses what names no file", () => {
  for (const module of ["", "https://example.com/db.ts", "npm:db"]) {
    assert.throws(() => rotatingCredentials(module), { code: "INVALID_OPTION" });
  }
});

Deno.test("a pipe says that it is a terminal when it leads to one", async () => {
  const url = new URL("../../../adapters/drizzle_kit/terminal.ts", import.meta.url).href;
  const program = `
    import process from "node:process";
    import { pretendTerminal } from ${JSON.stringify(url)};
    const before = Boolean(process.stdout.isTTY);
    pretendTerminal(process.stdout, { columns: 91, rows: 17 });
    const { isTTY, columns, rows } = process.stdout;
    console.log(JSON.stringify([before, isTTY, columns, rows]));`;
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["eval", program] }).output();
  assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), [false, true, 91, 17]);
});
