/** What is imported: every entry point of this package, and what others have in its place. */

import manifest from "../../deno.json" with { type: "json" };
import { installed, run } from "../peers.ts";

/** A module to import. */
export interface Module {
  readonly name: string;
  /** The folder from which it is imported. */
  readonly folder: string;
  /** What is imported there, by runtime. */
  readonly specifier: { readonly node: string; readonly deno: string };
  /** What the app has imported before: its driver. */
  readonly after?: string;
}

const root = new URL("../../", import.meta.url);
const measure = await Deno.readTextFile(new URL("measure.js", import.meta.url));

const packages = [
  "@aws-lambda-powertools/parameters@2.35.0",
  "@aws-sdk/client-secrets-manager@3.1162.0",
  "aws-advanced-nodejs-wrapper@2.0.1",
  // The wrapper imports these without naming them as its dependencies.
  "@aws-sdk/credential-providers@3.1162.0",
  "@aws-sdk/rds-signer@3.1162.0",
  "@opentelemetry/api@1.9.0",
  "mysql2@3.24.6",
  "pg@8.23.1",
  "postgres@3.4.9",
];

const others = [
  "@aws-lambda-powertools/parameters/secrets",
  "aws-advanced-nodejs-wrapper",
  "aws-advanced-nodejs-wrapper/pg",
  "aws-advanced-nodejs-wrapper/mysql",
  "@aws-sdk/client-secrets-manager",
  "postgres",
  "mysql2/promise",
];

/** The drivers of our entry points. */
const drivers: Readonly<Record<string, string>> = {
  "@rekey/orm/mysql2": "mysql2/promise.js",
  "@rekey/orm/postgres": "postgres/src/index.js",
};

/**
 * All of them. Node imports this package from its tarball, which is unpacked into `folder`; Deno from
 * its source, as from JSR.
 */
export async function modules(folder: string): Promise<readonly Module[]> {
  const tarball = `${folder}/rekey.tgz`;
  const pack = ["pack", "--allow-dirty", "--no-source-maps", "-o", tarball];
  await run(root.pathname, Deno.execPath(), ...pack);
  await Deno.writeTextFile(`${folder}/package.json`, '{ "private": true, "type": "module" }\n');
  await Deno.writeTextFile(`${folder}/deno.json`, '{ "nodeModulesDir": "manual" }\n');
  await run(folder, "npm", "install", "--no-audit", "--no-fund", tarball);
  await Deno.writeTextFile(`${folder}/empty.js`, "export {};\n");
  const peers = await installed("import-cost", packages);
  for (const place of [folder, peers]) await Deno.writeTextFile(`${place}/measure.js`, measure);
  const ours = Object.entries(manifest.exports).map(([entry, path]) => {
    const name = manifest.name + entry.slice(1);
    return { name, folder, specifier: { node: name, deno: new URL(path, root).href } };
  });
  const afterDriver = Object.entries(drivers).map(([name, file]) => {
    const module = ours.find((module) => module.name === name)!;
    const after = `file://${peers}/node_modules/${file}`;
    return { ...module, name: `${name} after its driver`, after };
  });
  return [
    { name: "an empty module", folder, specifier: same("./empty.js") },
    ...ours,
    ...afterDriver,
    ...others.map((name) => ({ name, folder: peers, specifier: same(name) })),
  ];
}

function same(specifier: string): Module["specifier"] {
  return { node: specifier, deno: specifier };
}
