/** Compiles the type tests with plain `tsc`, against the tarball. */

import { join } from "node:path";
import type { BareProject } from "./bare_project.ts";
import { type Printed, run } from "./program.ts";
import { entryName, manifest, root } from "./published.ts";

/** A compiler, and how it finds modules. */
export interface Compiler {
  readonly name: string;
  /** The package that it is installed as. */
  readonly package: string;
  readonly module: "nodenext" | "esnext";
  readonly moduleResolution: "nodenext" | "bundler";
  /** The type tests that it compiles. */
  readonly tests: readonly string[];
}

/** The compilers that people have. */
export const compilers: readonly Compiler[] = [
  {
    name: "TypeScript 5 for Node",
    package: "typescript-5",
    module: "nodenext",
    moduleResolution: "nodenext",
    // For the types of drizzle and of the SDK it takes ten seconds.
    tests: ["types/clients.ts"],
  },
  {
    name: "TypeScript 7 for Node",
    package: "typescript",
    module: "nodenext",
    moduleResolution: "nodenext",
    tests: ["types/*.ts"],
  },
  {
    name: "TypeScript 7 for bundlers",
    package: "typescript",
    module: "esnext",
    moduleResolution: "bundler",
    tests: ["types/*.ts"],
  },
];

const strict = {
  target: "es2022",
  lib: ["es2023", "esnext.disposable", "dom"],
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  allowImportingTsExtensions: true,
};

/** Puts the type tests into a project, beside a file that imports every entry point. */
export async function copyTypeTests({ folder }: BareProject): Promise<void> {
  await Deno.mkdir(join(folder, "types"));
  const sources = `${root}tests/package/types`;
  for await (const { name } of Deno.readDir(sources)) {
    await Deno.copyFile(join(sources, name), join(folder, "types", name));
  }
  const imports = Object.keys(manifest.exports).map(entryName)
    .map((name, index) => `export * as entry${index} from "${name}";\n`);
  await Deno.writeTextFile(join(folder, "entries.ts"), imports.join(""));
}

/**
 * Compiles files of a project.
 *
 * @param skipLibCheck whether declarations of packages are believed: drizzle-orm's name packages
 * that are not installed
 */
export async function compile(
  project: BareProject,
  compiler: Compiler,
  files: readonly string[],
  skipLibCheck: boolean,
): Promise<Printed> {
  const { module, moduleResolution } = compiler;
  const config = join(project.folder, `tsconfig.${crypto.randomUUID()}.json`);
  const compilerOptions = {
    ...strict,
    module,
    moduleResolution,
    skipLibCheck,
    types: skipLibCheck ? ["node"] : [],
    typeRoots: [project.packageFile("@types")],
  };
  await Deno.writeTextFile(config, JSON.stringify({ compilerOptions, include: files }));
  const program = project.packageFile(`${compiler.package}/bin/tsc`);
  const args = [program, "--pretty", "false", "--project", config];
  return await run("node", args, { cwd: project.folder, mayFail: true });
}
