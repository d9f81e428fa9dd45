/** The npm tarball, installed into a bare project and used on Node. */

import assert from "node:assert/strict";
import { startPostgres } from "../servers/postgres/mod.ts";

const root = new URL("../../", import.meta.url).pathname;

async function run(cwd: string, command: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.ok(success, `${command} ${args.join(" ")}\n${decode(stdout)}\n${decode(stderr)}`);
  return decode(stdout);
}

Deno.test("the tarball runs a statement on Node, with no dependency of its own", async () => {
  await using server = await startPostgres();
  const folder = await Deno.makeTempDir({ prefix: "rekey-tarball-" });
  try {
    const tarball = `${folder}/rekey.tgz`;
    await run(root, Deno.execPath(), "pack", "--allow-dirty", "--no-source-maps", "-o", tarball);
    await Deno.writeTextFile(`${folder}/package.json`, '{"private":true,"type":"module"}');
    await run(folder, "npm", "install", "--no-audit", "--no-fund", tarball, "postgres@3.4.9");

    const manifest = JSON.parse(
      await Deno.readTextFile(`${folder}/node_modules/@rekey/orm/package.json`),
    );
    assert.deepEqual(manifest.dependencies ?? {}, {});

    const { host, port, superuser } = server;
    await Deno.writeTextFile(`${folder}/smoke.js`, script);
    const input = JSON.stringify({ host, port, ...superuser });
    const output = JSON.parse(await run(folder, "node", "smoke.js", input));
    assert.deepEqual(output.rows, [{ x: 42 }]);
    assert.deepEqual(output.entries, ["aws", "orm", "postgres", "rotation", "testing"]);
    assert.equal(output.printed, "[secret]");
    assert.match(output.node, /^v(2\d|[3-9]\d)\./);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const script = `
import { inspect } from "node:util";
import postgres from "postgres";
import * as orm from "@rekey/orm";
import * as aws from "@rekey/orm/aws";
import * as pg from "@rekey/orm/postgres";
import * as rotation from "@rekey/orm/rotation";
import * as testing from "@rekey/orm/testing";

const { host, port, user, password } = JSON.parse(process.argv[2]);
const value = new orm.Secret(JSON.stringify({ username: user, password }));
const credentials = orm.credentialProvider({
  name: "smoke",
  read: async (stage) => stage === "current" ? { versionId: "1", value } : undefined,
});
const sql = pg.rotatingPostgres((login) => postgres({ database: "postgres", ...login }), {
  credentials, host, port,
});
const rows = await sql\`select \${42}::int as x\`;
await sql.end();
credentials.close();
const entries = Object.entries({ orm, aws, postgres: pg, rotation, testing })
  .filter(([, module]) => Object.keys(module).length > 0).map(([name]) => name).sort();
console.log(JSON.stringify({ rows, entries, printed: inspect(value), node: process.version }));
`;
