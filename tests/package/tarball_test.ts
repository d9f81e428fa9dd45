/** The npm tarball in a bare project: what is in it, its types, and its behaviour. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { mysqlTests, startMysql } from "../servers/mysql/mod.ts";
import { startPostgres } from "../servers/postgres/mod.ts";
import { type BareProject, installTarball } from "./bare_project.ts";
import { addressOf, passesEverywhere, transpileSuite } from "./behaviour_runs.ts";
import { run } from "./program.ts";
import { entryName, manifest } from "./published.ts";
import { compile, compilers, copyTypeTests } from "./type_checks.ts";

let project: BareProject | undefined;

Deno.test.beforeAll(async () => {
  project = await installTarball();
  await transpileSuite(project.folder);
  await copyTypeTests(project);
});

Deno.test.afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
});

Deno.test("the tarball depends on nothing, and has every entry point", async () => {
  const installed = join(project!.folder, "node_modules");
  const names = (await Array.fromAsync(Deno.readDir(installed))).map(({ name }) => name);
  assert.deepEqual(names.filter((name) => !name.startsWith(".")), ["@rekey"]);
  const made = JSON.parse(await Deno.readTextFile(join(installed, manifest.name, "package.json")));
  for (const kind of ["dependencies", "optionalDependencies", "peerDependencies"]) {
    assert.equal(made[kind], undefined, kind);
  }
  assert.equal(made.type, "module");
  assert.deepEqual(Object.keys(made.exports), Object.keys(manifest.exports));
});

Deno.test("every entry point can be imported by its name", async () => {
  const names = Object.keys(manifest.exports).map(entryName);
  const script = `
    const names = ${JSON.stringify(names)};
    const modules = await Promise.all(names.map((name) => import(name)));
    console.log(JSON.stringify(modules.map((module) => Object.keys(module).length > 0)));`;
  const options = { cwd: project!.folder };
  const { stdout } = await run("node", ["--input-type=module", "--eval", script], options);
  assert.deepEqual(JSON.parse(stdout), names.map(() => true));
});

Deno.test("publint has nothing to say of the tarball", async () => {
  const publint = project!.packageFile("publint/src/cli.js");
  const options = { cwd: project!.folder };
  const { stdout } = await run("node", [publint, "--strict", project!.tarball], options);
  assert.match(stdout, /All good!/);
});

Deno.test("are the types wrong? They are not, for ES modules", async () => {
  const attw = project!.packageFile("@arethetypeswrong/cli/dist/index.js");
  const flags = ["--profile", "esm-only", "--format", "json", project!.tarball];
  const { stdout } = await run("node", [attw, ...flags], { cwd: project!.folder });
  const { analysis: { entrypoints } } = JSON.parse(stdout);
  assert.deepEqual(Object.keys(entrypoints), Object.keys(manifest.exports));
});

for (const compiler of compilers) {
  Deno.test(`${compiler.name} believes the types, and loses none of the user's own`, async () => {
    const entries = await compile(project!, compiler, ["entries.ts"], false);
    assert.ok(entries.success, entries.stdout);
    const tests = await compile(project!, compiler, compiler.tests, true);
    assert.ok(tests.success, tests.stdout);
  });
}

Deno.test("control: the type tests fail when what they expect to be refused is not", async () => {
  const path = join(project!.folder, "types/wrong.ts");
  const misspelt = `import { credentialProvider, type SecretSource } from "@rekey/orm";
    export const wrong = (source: SecretSource) => credentialProvider(source, { ttl: 1 });`;
  await Deno.writeTextFile(path, misspelt);
  const { success, stdout } = await compile(project!, compilers[1]!, ["types/wrong.ts"], true);
  await Deno.remove(path);
  assert.ok(!success);
  assert.match(stdout, /^types\/wrong\.ts.* error TS2353: .*'ttl' does not exist/m);
});

Deno.test("the core behaves the same on Deno, on every supported Node and on Bun", async () => {
  await passesEverywhere("core", project!.folder);
});

Deno.test("postgres.js rotates the same on Deno, on every supported Node and on Bun", async () => {
  await using server = await startPostgres({ tls: true });
  await using misnamed = await startPostgres({ tls: { names: ["db.invalid"] } });
  const postgres = addressOf(server, misnamed);
  await passesEverywhere("postgres", project!.folder, { postgres });
});

const test = await mysqlTests("mysql");

test("mysql2 rotates the same on Deno, on every supported Node and on Bun", async () => {
  const tls = { names: ["db.invalid"] };
  await using server = await startMysql({ flavor: "mysql", tls: true });
  await using misnamed = await startMysql({ flavor: "mysql", tls });
  await server.admin().query("create database behaviour");
  await passesEverywhere("mysql2", project!.folder, { mysql: addressOf(server, misnamed) });
});
