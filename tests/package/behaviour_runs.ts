/** Runs the behaviour suite on a runtime, and compares what passed. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { startSecretsManager } from "../servers/secrets_manager/mod.ts";
import type { ServerAddress, Surroundings } from "./behaviour/surroundings.ts";
import { run } from "./program.ts";
import { root } from "./published.ts";
import { readReport } from "./reports.ts";
import { deno, npmRuntimes, type Runtime } from "./runtimes.ts";

const sources = `${root}tests/package/behaviour`;
const rotationFunction = "arn:aws:lambda:eu-west-1:111111111111:function:rotate";

/** The database servers that a suite is run on. */
export type Servers = Pick<Surroundings, "postgres" | "mysql">;

/** A running server. */
interface Running extends Pick<ServerAddress, "host" | "port"> {
  readonly superuser: Pick<ServerAddress, "user" | "password">;
  readonly tls: ServerAddress["tls"] | undefined;
}

/** What the suite is told of a server, and of another one that has the wrong name. */
export function addressOf({ host, port, superuser, tls }: Running, other: Running): ServerAddress {
  const misnamed = { port: other.port, ca: other.tls!.ca };
  return { host, port, ...superuser, tls: tls!, misnamed };
}

/** Writes the suite as JavaScript into a project: Node 20 knows nothing else. */
export async function transpileSuite(folder: string): Promise<void> {
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

/**
 * Runs one file of the suite on Deno from the sources, and on the others in `folder`, where the
 * package is installed; asserts that the same tests pass on all. Prints how many.
 */
export async function passesEverywhere(
  suite: string,
  folder: string,
  servers: Servers = {},
): Promise<void> {
  await using double = await startSecretsManager();
  double.onRotate(rotationFunction, () => Promise.reject(new Error("left to the suite")));

  const passedOn = async (runtime: Runtime): Promise<readonly string[]> => {
    const onSources = runtime === deno;
    const name = runtime.name.toLowerCase().replaceAll(/\W/g, "_");
    const secretsManager = double.clientConfig(name);
    const given: Surroundings = { ...servers, run: name, rotationFunction, secretsManager };
    const report = join(folder, `${suite}-${name}.xml`);
    const { success, stdout, stderr } = await runtime.test({
      cwd: onSources ? sources : folder,
      file: `${suite}.${onSources ? "ts" : "js"}`,
      report,
      env: { REKEY_BEHAVIOUR: JSON.stringify(given) },
    });
    const xml = await Deno.readTextFile(report).catch(() => "(no report)");
    const { passed, others } = readReport(xml);
    assert.ok(
      success && others.length === 0 && passed.length > 0,
      `${runtime.name}: ${others.length} tests of ${suite} fail: ${others.join("; ")}\n` +
        [stdout, stderr, xml].join("\n"),
    );
    return passed.toSorted();
  };

  const runtimes = [deno, ...await npmRuntimes()];
  // All at once: most of the time they wait for something. Each has users of its own.
  const outcomes = await Promise.allSettled(runtimes.map(passedOn));
  const passed = outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
  for (const [index, { name }] of runtimes.entries()) {
    assert.deepEqual(passed[index], passed[0], `${name} passed other tests than Deno`);
  }
  const counts = runtimes.map(({ name }, index) => `${name} ${passed[index]!.length}`);
  console.log(`Tests of ${suite} that passed: ${counts.join(", ")}`);
}
