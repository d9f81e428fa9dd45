/** One behaviour suite on Deno, Node and Bun: the same tests pass on each. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { mysqlTests, startMysql } from "../servers/mysql/mod.ts";
import { startPostgres } from "../servers/postgres/mod.ts";
import { startSecretsManager } from "../servers/secrets_manager/mod.ts";
import { type BareProject, installTarball } from "./bare_project.ts";
import type { ServerAddress, Surroundings } from "./behaviour/surroundings.ts";
import { run } from "./program.ts";
import { root } from "./published.ts";
import { readReport } from "./reports.ts";
import { deno, npmRuntimes, type Runtime } from "./runtimes.ts";

const sources = `${root}tests/package/behaviour`;
const rotationFunction = "arn:aws:lambda:eu-west-1:111111111111:function:rotate";

let project: BareProject | undefined;

Deno.test.beforeAll(async () => {
  project = await installTarball();
  await transpile(project.folder);
});

Deno.test.afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
});

/** Writes the suite as JavaScript into a project: Node 20 knows nothing else. */
async function transpile(folder: string): Promise<void> {
  const files = (await Array.fromAsync(Deno.readDir(sources))).map(({ name }) => name);
  await run(Deno.execPath(), ["transpile", "--no-check", "--outdir", folder, ...files], {
    cwd: sources,
  });
  for (const file of files) {
    const path = join(folder, file.replace(/ts$/, "js"));
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replaceAll(/(from "\.\/\w+)\.ts"/g, '$1.js"'));
  }
}

/** Runs a file of the suite on every runtime; what passes is the same everywhere. */
async function passesEverywhere(
  suite: string,
  servers: { readonly postgres?: ServerAddress; readonly mysql?: ServerAddress } = {},
): Promise<void> {
  await using double = await startSecretsManager();
  double.onRotate(rotationFunction, () => Promise.reject(new Error("left to the suite")));
  const passedOn = async (runtime: Runtime, cwd: string, file: string) => {
    const name = runtime.name.toLowerCase().replaceAll(/\W/g, "_");
    const given: Surroundings = {
      ...servers,
      run: name,
      rotationFunction,
      secretsManager: double.clientConfig(name),
    };
    const report = join(project!.folder, `${suite}-${name}.xml`);
    const env = { REKEY_BEHAVIOUR: JSON.stringify(given) };
    const { success, stdout, stderr } = await runtime.test({ cwd, file, report, env });
    const { passed, others } = readReport(await Deno.readTextFile(report).catch(() => ""));
    assert.ok(
      success && others.length === 0 && passed.length > 0,
      `${runtime.name}: ${others.length} tests of ${file} fail: ${others.join("; ")}\n` +
        stdout + stderr,
    );
    return passed;
  };
  const expected = await passedOn(deno, sources, `${suite}.ts`);
  console.log(`${deno.name}: ${expected.length} tests of ${suite} passed, on the sources`);
  for (const runtime of await npmRuntimes()) {
    const passed = await passedOn(runtime, project!.folder, `${suite}.js`);
    console.log(`${runtime.name}: ${passed.length} tests of ${suite} passed, on the tarball`);
    assert.deepEqual(passed.toSorted(), expected.toSorted(), runtime.name);
  }
}

Deno.test("the core behaves the same on Deno, on every supported Node and on Bun", async () => {
  await passesEverywhere("core");
});

Deno.test("postgres.js rotates the same on Deno, on every supported Node and on Bun", async () => {
  await using server = await startPostgres();
  const { host, port, superuser } = server;
  await passesEverywhere("postgres", { postgres: { host, port, ...superuser } });
});

const test = await mysqlTests("mysql");

test("mysql2 rotates the same on Deno, on every supported Node and on Bun", async () => {
  await using server = await startMysql({ flavor: "mysql" });
  await server.admin().query("create database behaviour");
  const { host, port, superuser } = server;
  await passesEverywhere("mysql2", { mysql: { host, port, ...superuser } });
});
