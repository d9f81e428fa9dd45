/**
 * drizzle-kit with rotated credentials: `dbCredentials` for drizzle.config.ts, and a runner.
 *
 * Works with drizzle-kit 0.31 and 1.0, on PostgreSQL and MySQL, in Deno and Node. What both need is
 * one module of yours that exports the credential provider, and, better, the app's client as well:
 *
 * ```ts
 * // db/client.ts
 * import { SecretsManager } from "@aws-sdk/client-secrets-manager";
 * import postgres from "postgres";
 * import { credentialProvider } from "@rekey/orm";
 * import { secretsManager } from "@rekey/orm/aws";
 * import { rotatingPostgres } from "@rekey/orm/postgres";
 *
 * export const credentials = credentialProvider(secretsManager(new SecretsManager(), "prod/app-db"));
 * export const sql = rotatingPostgres(
 *   (login) => postgres({ database: "app", ssl: "verify-full", ...login }),
 *   { credentials },
 * );
 * ```
 *
 * The configuration names it: see {@linkcode rotatingCredentials}. With that, `drizzle-kit migrate`
 * works by itself. There is a runner as well:
 *
 * ```sh
 * deno run -A jsr:@rekey/orm/drizzle-kit -- migrate          # Deno
 * npx deno run -A jsr:@rekey/orm/drizzle-kit -- migrate      # a Node project, with nothing installed
 * node node_modules/@rekey/orm/adapters/drizzle_kit/mod.js -- migrate   # Node itself, in a script
 * ```
 *
 * (Packages of JSR have no commands for `npx` to find, hence the path.) What it does:
 *
 * - When the login fails, it runs drizzle-kit once more with the next candidate of the ladder: the
 *   store's current version again, the pending one, the previous one.
 * - It takes the password out of all that drizzle-kit prints, also URL-encoded or escaped.
 * - It says why where drizzle-kit does not: 0.31 prints nothing of an error of `migrate` and `push`.
 * - It passes on signals, and drizzle-kit's exit code.
 * - It starts `studio` again when another version becomes current, within the provider's `ttlMs`.
 *
 * The password goes from process to process through pipes: it is in no argument, no environment
 * variable and no file.
 *
 * On Node before 22.18 the module is loaded with tsx, which comes with drizzle-kit 0.31; with 1.0
 * install it, or write the module in JavaScript.
 *
 * The configuration of drizzle-kit 1.0 may wait. Where the ladder is not needed, this does:
 *
 * ```ts
 * import { credentialProvider, Secret } from "@rekey/orm";
 *
 * const value = new Secret('{"username":"app","password":"s3cret","host":"localhost"}');
 * const source = { name: "app-db", read: () => Promise.resolve({ versionId: "v1", value }) };
 * using credentials = credentialProvider(source); // of your db/client.ts
 * const { username: user, password, host } = await credentials.get();
 * const dbCredentials = { host, user, password: password.reveal(), database: "app" };
 * ```
 *
 * To migrate from the app, with several tasks starting at once, see `migrateOnce` of
 * `@rekey/orm/drizzle`.
 *
 * @module
 */

import { isProgram, main } from "./runner/main.ts";

export {
  type DrizzleCredentials,
  rotatingCredentials,
  type RotatingCredentialsOptions,
} from "./rotating_credentials.ts";

// Not awaited: a configuration that is loaded with require() may import no module that waits.
if (isProgram(import.meta)) void main();
