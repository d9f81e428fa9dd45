/** Deno, Node and Bun: where their programs come from, and how each runs a file of node:test. */

import { basename, join } from "node:path";
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
export function npmRuntimes(): Promise<Runtime[]> {
  return Promise.all([...nodeReleases.map(node), bun(bunRelease)]);
}

async function node(release: string): Promise<Runtime> {
  const program = await fetched(`node-${nodePlatform()}`, release, "bin/node");
  return {
    name: `Node ${release}`,
    test({ cwd, file, report, env }) {
      const reporter = ["--test-reporter=junit", `--test-reporter-destination=${report}`];
      return run(program, ["--test", ...reporter, file], { cwd, env, mayFail: true });
    },
  };
}

async function bun(release: string): Promise<Runtime> {
  const program = await fetched(`@oven/bun-${bunPlatform()}`, release, "bin/bun");
  return {
    name: `Bun ${release}`,
    test({ cwd, file, report, env }) {
      // Bun alone has a time for each test unless it is told one: five seconds.
      const flags = ["--timeout=120000", "--reporter=junit", `--reporter-outfile=${report}`];
      return run(program, ["test", ...flags, `./${file}`], { cwd, env, mayFail: true });
    },
  };
}

/** The path of a program from an npm package, of which nothing else is kept. */
async function fetched(name: string, version: string, program: string): Promise<string> {
  const key = `${name.replace(/^@/, "").replaceAll("/", "-")}-${version}`;
  const folder = await cached(key, async (folder) => {
    await Deno.writeTextFile(join(folder, "package.json"), '{"private":true}');
    const quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
    await run("npm", ["install", ...quietly, `${name}@${version}`], { cwd: folder });
    await Deno.rename(join(folder, "node_modules", name, program), join(folder, basename(program)));
    await Deno.remove(join(folder, "node_modules"), { recursive: true });
  });
  return join(folder, basename(program));
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
