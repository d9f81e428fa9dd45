/** Deno, Node and Bun: where their programs come from, and how each runs a file of node:test. */

import { join } from "node:path";
import { cached } from "../servers/common/cache.ts";
import { type Printed, run } from "./program.ts";

/** The releases of Node that are supported: the oldest one and the long-term ones after it. */
const nodeReleases = ["20.20.2", "22.23.3", "24.21.0", "26.10.0"];

const bunRelease = "1.4.5";

/** A runtime. */
export interface Runtime {
  /** Its name and release. */
  readonly name: string;
  /** Runs a file of tests, and writes a report in the format of JUnit. */
  test(request: TestRequest): Promise<Printed>;
}

/** What is to be run. */
export interface TestRequest {
  readonly cwd: string;
  readonly file: string;
  readonly report: string;
  readonly env: Readonly<Record<string, string>>;
}

/** This very Deno. It reads the package from its sources. */
export const deno: Runtime = {
  name: `Deno ${Deno.version.deno}`,
  test({ cwd, file, report, env }) {
    const flags = ["--allow-all", "--no-check", "--sanitize-ops", "--sanitize-resources"];
    return run(Deno.execPath(), ["test", ...flags, `--junit-path=${report}`, file], {
      cwd,
      env,
      mayFail: true,
    });
  },
};

/** The runtimes of people who use npm, fetched at the first call on a machine. */
export async function npmRuntimes(): Promise<Runtime[]> {
  const nodes = nodeReleases.map(async (release): Promise<Runtime> => {
    const program = await fetched(`node-${nodePlatform()}`, release, "bin/node");
    return {
      name: `Node ${release}`,
      test({ cwd, file, report, env }) {
        const reporter = ["--test-reporter=junit", `--test-reporter-destination=${report}`];
        return run(program, ["--test", ...reporter, file], { cwd, env, mayFail: true });
      },
    };
  });
  const bun = fetched(`@oven/bun-${bunPlatform()}`, bunRelease, "bin/bun");
  return [...await Promise.all(nodes), {
    name: `Bun ${bunRelease}`,
    async test({ cwd, file, report, env }) {
      const reporter = ["--reporter=junit", `--reporter-outfile=${report}`];
      return await run(await bun, ["test", ...reporter, `./${file}`], { cwd, env, mayFail: true });
    },
  }];
}

/** The path of a program in an npm package, which is kept between runs. */
async function fetched(name: string, version: string, program: string): Promise<string> {
  const folder = await cached(`${name.replaceAll("/", "-")}-${version}`, async (folder) => {
    await Deno.writeTextFile(join(folder, "package.json"), '{"private":true}');
    const quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
    await run("npm", ["install", ...quietly, `${name}@${version}`], { cwd: folder });
  });
  return join(folder, "node_modules", name, program);
}

function nodePlatform(): string {
  const { os, arch } = Deno.build;
  // The packages of this name for Macs with Apple's processors end with Node 18.
  if (os === "darwin" && arch === "aarch64") return "bin-darwin-arm64";
  return `${os}-${arch === "aarch64" ? "arm64" : "x64"}`;
}

function bunPlatform(): string {
  const { os, arch } = Deno.build;
  // The baseline runs on processors without AVX2 too.
  return arch === "aarch64" ? `${os}-aarch64` : `${os}-x64-baseline`;
}
