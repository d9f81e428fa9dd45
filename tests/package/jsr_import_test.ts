/** The package as a stranger gets it from JSR: by the registry's protocol, with the README in hand. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { assertNoSecretIn } from "../leaks.ts";
import { mysqlTests, startMysql } from "../servers/mysql/mod.ts";
import { startPostgres } from "../servers/postgres/mod.ts";
import { type SecretsManagerDouble, startSecretsManager } from "../servers/secrets_manager/mod.ts";
import { startRegistry } from "./jsr/registry.ts";
import { addCommand, readmeExamples, Stranger } from "./jsr/stranger.ts";
import { entryName, manifest, publishedFiles } from "./published.ts";

const password = "read-in-the-readme";
const entries = Object.keys(manifest.exports).map(entryName);

/** What the README's first two examples are followed by: a query, and the end. */
const usage = {
  postgres: `
    const rows = await db.execute("select current_user as name, ssl from pg_stat_ssl where pid = pg_backend_pid()");
    console.log(JSON.stringify(rows[0]));
    await sql.end();
    credentials.close();
    client.destroy();`,
  mysql: `
    import { sql } from "drizzle-orm";
    const [rows] = await db.execute(sql\`select substring_index(current_user(), '@', 1) as name\`);
    console.log(JSON.stringify((rows as unknown as object[])[0]));
    await pool.end();
    credentials.close();
    client.destroy();`,
};

/** The example with `jsr:` in the place of the import map's entry. */
function byJsrSpecifier(example: string): string {
  return example.replaceAll(`from "${manifest.name}`, `from "jsr:${manifest.name}`);
}

/** Stores what the examples read. */
async function storeSecret(double: SecretsManagerDouble, engine: string, port: number) {
  const owner = new SecretsManager(double.clientConfig("owner"));
  const secret = { engine, host: "localhost", port, username: "shop", password };
  await owner.createSecret({ Name: "prod/app-db", SecretString: JSON.stringify(secret) });
  owner.destroy();
}

/** Runs a file of the stranger's; returns what it printed. */
async function runExample(
  stranger: Stranger,
  file: string,
  { endpoint }: SecretsManagerDouble,
  authority: string,
): Promise<unknown> {
  await stranger.write("authority.pem", authority);
  const flags = ["--quiet", "--no-check", "--allow-all", "--cert", "authority.pem"];
  const printed = await stranger.deno(["run", ...flags, file], {
    env: {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
      AWS_ACCESS_KEY_ID: "stranger",
      AWS_SECRET_ACCESS_KEY: "not-a-secret",
    },
  });
  assertNoSecretIn(printed, [password]);
  assert.equal(printed.stderr, "");
  return JSON.parse(printed.stdout);
}

Deno.test("deno add, and the README's examples type-check and run, from JSR", async () => {
  const files = await publishedFiles();
  await using registry = await startRegistry(files);
  await using stranger = await Stranger.arrive(registry);
  await stranger.deno([...await addCommand(), manifest.imports["mysql2"]!]);
  const added = JSON.parse(await Deno.readTextFile(join(stranger.folder, "deno.json")));
  assert.equal(added.imports[manifest.name], `jsr:${manifest.name}@^${manifest.version}`);

  const examples = await readmeExamples();
  assert.ok(examples.length >= 3, "the README has lost an example");
  for (const [index, example] of examples.entries()) {
    await stranger.write(`example_${index}.ts`, example);
  }
  await stranger.write("as_it_stands.ts", examples[0] + usage.postgres);
  await stranger.write("jsr.ts", byJsrSpecifier(examples[0]!) + usage.postgres);
  await stranger.deno(["check", "."]);
  // The checker has seen the types, not something that fits everything.
  await stranger.write("wrong.ts", `${examples[0]}\nconst wrong: number = sql.rotation.stats();`);
  const { success, stderr } = await stranger.deno(["check", "wrong.ts"], { mayFail: true });
  assert.ok(!success);
  assert.match(stderr, /TS2322/);

  await using server = await startPostgres({ tls: { required: true } });
  await using double = await startSecretsManager();
  await server.admin().unsafe(`create role shop login password '${password}'`);
  await server.admin()`create database app owner shop`;
  await storeSecret(double, "postgres", server.port);
  for (const file of ["as_it_stands.ts", "jsr.ts"]) {
    const row = await runExample(stranger, file, double, server.tls!.ca);
    assert.deepEqual(row, { name: "shop", ssl: true });
  }
  const asked = double.calls({ accessKeyId: "stranger" }).map(({ outcome }) => outcome);
  assert.deepEqual(asked, ["ok", "ok"]);
  console.log(
    `${entries.length} entry points, ${registry.requested.size} of ${files.length} files fetched; ` +
      `${examples.length} examples of the README checked, the first one run twice`,
  );
});

Deno.test("what is fetched is published, and tests, tools and examples are not", async () => {
  const files = await publishedFiles();
  await using registry = await startRegistry(files);
  await using stranger = await Stranger.arrive(registry);
  await stranger.write("all.ts", entries.map((name) => `import "jsr:${name}";`).join("\n"));
  await stranger.deno(["check", "all.ts"]);
  const requested = [...registry.requested];
  assert.deepEqual(requested.filter((file) => !files.includes(file)), []);
  const modules = files.filter((file) => file.endsWith(".ts"));
  assert.deepEqual(modules.filter((file) => !requested.includes(file)), [], "nobody imports these");
  assert.deepEqual(files.filter((file) => !/^(core|adapters)\/|^[^/]+$/.test(file)), []);
});

Deno.test("control: a published file that was left out is missed", async () => {
  await using registry = await startRegistry(await publishedFiles(), { missing: "core/secret.ts" });
  await using stranger = await Stranger.arrive(registry);
  await stranger.write("app.ts", `import "jsr:${manifest.name}";`);
  const { success, stderr } = await stranger.deno(["run", "app.ts"], { mayFail: true });
  assert.ok(!success);
  assert.match(stderr, /core\/secret\.ts/);
});

Deno.test("a file that was tampered with is refused by its checksum", async () => {
  const tampered = "core/secret.ts";
  await using registry = await startRegistry(await publishedFiles(), { tampered });
  await using stranger = await Stranger.arrive(registry);
  await stranger.write("app.ts", `import "jsr:${manifest.name}";\nconsole.log("running");`);
  const { success, stdout, stderr } = await stranger.deno(["run", "app.ts"], { mayFail: true });
  assert.ok(registry.requested.has(tampered));
  assert.ok(!success);
  assert.equal(stdout, "");
  assert.match(stderr, /Integrity check failed[^]*core\/secret\.ts/);
});

const test = await mysqlTests("mysql");

test("the README's example on mysql2 runs, from JSR", async () => {
  await using registry = await startRegistry(await publishedFiles());
  await using stranger = await Stranger.arrive(registry);
  await stranger.deno([...await addCommand(), manifest.imports["mysql2"]!]);
  const example = (await readmeExamples()).find((text) => text.includes("rotatingMysql("));
  assert.ok(example !== undefined, "the README has no example on mysql2");
  await stranger.write("mysql.ts", byJsrSpecifier(example) + usage.mysql);
  await stranger.deno(["check", "mysql.ts"]);

  await using server = await startMysql({ flavor: "mysql", tls: { required: true } });
  await using double = await startSecretsManager();
  await server.admin().query("create database app");
  await server.admin().query("create user shop identified by ?", [password]);
  await server.admin().query("grant all on app.* to shop");
  await storeSecret(double, "mysql", server.port);
  const row = await runExample(stranger, "mysql.ts", double, server.tls!.ca);
  assert.deepEqual(row, { name: "shop" });
});
