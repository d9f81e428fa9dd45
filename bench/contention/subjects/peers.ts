/**
 * Loads the peers. Deno's module loader knows packages only through the project's own lock, so they
 * are loaded by `require`; middy's, which has no CommonJS, is bundled when it is installed.
 */

import { createRequire } from "node:module";
import { installed, run } from "../../peers.ts";

const packages = [
  "@aws-lambda-powertools/parameters@2.35.0",
  "@aws-sdk/client-secrets-manager@3.1162.0",
  "@middy/secrets-manager@6.4.5",
  "@middy/util@6.4.5",
  "aws-sdk@2.1693.0",
  "aws-secrets-manager-cache@0.2.0",
  "lru-cache@11.5.3",
];

const folder = await installed("contention", packages, async (folder) => {
  const names = "clearCache, getInternal";
  await Deno.writeTextFile(
    `${folder}/middy.js`,
    `export { default } from "@middy/secrets-manager";\nexport { ${names} } from "@middy/util";\n`,
  );
  await run(folder, Deno.execPath(), "bundle", "--platform", "deno", "middy.js", "-o", "middy.mjs");
});

// SDK v2, which one of them needs, says at length that its days are over.
Deno.env.set("AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE", "1");
const require = createRequire(`${folder}/`);
/** A package of CommonJS. */
export const load = (name: string) => require(name);
/** `@middy/secrets-manager`, and what of `@middy/util` its documentation uses. */
export const middyModule = await import(`file://${folder}/middy.mjs`);
