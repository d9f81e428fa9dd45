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
  const flags = ["--quiet", "--cached-only", "--allow-all", "--cert", "authority.pem"];
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

let stranger: Stranger | undefined;
let fetched: ReadonlySet<string> | undefined;

Deno.test.beforeAll(async () => {
  // What is added is in the stranger's cache: the registry is not needed any more.
  await using registry = await startRegistry(await publishedFiles());
  stranger = await Stranger.arrive(registry);
  await stranger.deno(await addCommand());
  fetched = registry.requested;
  for (const [index, example] of (await readmeExamples()).entries()) {
    await stranger.write(`example_${index}.ts`, example);
  }
  const [onPostgres, onMysql] = await clientExamples();
  await stranger.write("postgres.ts", onPostgres + usage.postgres);
  await stranger.write("postgres_by_jsr.ts", byJsrSpecifier(onPostgres) + usage.postgres);
  await stranger.write("mysql_by_jsr.ts", byJsrSpecifier(onMysql) + usage.mysql);
});

Deno.test.afterAll(async () => {
  await stranger?.[Symbol.asyncDispose]();
});

/** The README's first example, and the one on mysql2. */
async function clientExamples(): Promise<[postgres: string, mysql: string]> {
  const examples = await readmeExamples();
  const onMysql = examples.find((text) => text.includes("rotatingMysql("));
  assert.ok(onMysql !== undefined, "the README has no example on mysql2");
  return [examples[0]!, onMysql];
}

Deno.test("deno add takes the package from JSR, and the README's examples type-check", async () => {
  const added = JSON.parse(await Deno.readTextFile(join(stranger!.folder, "deno.json")));
  assert.equal(added.imports[manifest.name], `jsr:${manifest.name}@^${manifest.version}`);
  await stranger!.deno(["check", "--cached-only", "."]);
  // The checker has seen the types, not something that fits everything.
  const [example] = await readmeExamples();
  await stranger!.write("wrong.ts", `${example}\nconst wrong: number = sql.rotation.stats();`);
  const { success, stderr } = await stranger!.deno(["check", "wrong.ts"], { mayFail: true });
  assert.ok(!success);
  assert.match(stderr, /TS2322/);
  console.log(
    `from JSR: ${entries.length} entry points, ${fetched!.size} files; ` +
      `${(await readmeExamples()).length} examples of the README type-check`,
  );
});

Deno.test("the README's first example runs, as it stands and with jsr: specifiers", async () => {
  await using server = await startPostgres({ tls: { required: true } });
  await using double = await startSecretsManager();
  await server.admin().unsafe(`create role shop login password '${password}'`);
  await server.admin()`create database app owner shop`;
  await storeSecret(double, "postgres", server.port);
  for (const file of ["postgres.ts", "postgres_by_jsr.ts"]) {
    const row = await runExample(stranger!, file, double, server.tls!.ca);
    assert.deepEqual(row, { name: "shop", ssl: true });
  }
  const asked = double.calls({ accessKeyId: "stranger" }).map(({ outcome }) => outcome);
  assert.deepEqual(asked, ["ok", "ok"]);
});

Deno.test("what is fetched is published, and tests, tools and examples are not", async () => {
  const files = await publishedFiles();
  await using registry = await startRegistry(files);
  await using other = await Stranger.arrive(registry);
  await other.write("all.ts", entries.map((name) => `import "jsr:${name}";`).join("\n"));
  await other.deno(["check", "all.ts"]);
  const requested = [...registry.requested];
  assert.deepEqual(requested.filter((file) => !files.includes(file)), []);
  const modules = files.filter((file) => file.endsWith(".ts"));
  assert.deepEqual(modules.filter((file) => !requested.includes(file)), [], "nobody imports these");
  assert.deepEqual(files.filter((file) => !/^(core|adapters)\/|^[^/]+$/.test(file)), []);
});

Deno.test("control: a published file that was left out is missed", async () => {
  await using registry = await startRegistry(await publishedFiles(), { missing: "core/secret.ts" });
  await using other = await Stranger.arrive(registry);
  await other.write("app.ts", `import "jsr:${manifest.name}";`);
  const { success, stderr } = await other.deno(["run", "app.ts"], { mayFail: true });
  assert.ok(!success);
  assert.match(stderr, /core\/secret\.ts/);
});

Deno.test("a file that was tampered with is refused by its checksum", async () => {
  const tampered = "core/secret.ts";
  await using registry = await startRegistry(await publishedFiles(), { tampered });
  await using other = await Stranger.arrive(registry);
  await other.write("app.ts", `import "jsr:${manifest.name}";\nconsole.log("running");`);
  const { success, stdout, stderr } = await other.deno(["run", "app.ts"], { mayFail: true });
  assert.ok(registry.requested.has(tampered));
  assert.ok(!success);
  assert.equal(stdout, "");
  assert.match(stderr, /Integrity check failed[^]*core\/secret\.ts/);
});

const test = await mysqlTests("mysql");

test("the README's example on mysql2 runs with jsr: specifiers", async () => {
  await using server = await startMysql({ flavor: "mysql", tls: { required: true } });
  await using double = await startSecretsManager();
  await server.admin().query("create database app");
  await server.admin().query("create user shop identified by ?", [password]);
  await server.admin().query("grant all on app.* to shop");
  await storeSecret(double, "mysql", server.port);
  const row = await runExample(stranger!, "mysql_by_jsr.ts", double, server.tls!.ca);
  assert.deepEqual(row, { name: "shop" });
});
