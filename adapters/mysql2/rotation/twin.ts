/** Makes one user the equal of another. */

import { RekeyError } from "../../../core/errors.ts";
import { Secret } from "../../../core/secret.ts";
import { quoteAccount } from "../identifier.ts";
import type { AccountState } from "./dialect/dialect.ts";
import { exclusively } from "./exclusive.ts";
import { copyGrants, readGrants } from "./grants/copy.ts";
import { type Grants, isAdministrator } from "./grants/grants.ts";
import { requireUnicode } from "./literal.ts";
import type { Server } from "./server.ts";

/** An account of the original user, and what it may do. */
interface Original extends AccountState {
  readonly grants: Grants;
}

/**
 * Gives `twin` an account for every account of `username`, with the same grants, roles, TLS
 * requirement, limits and policies, or brings existing ones in line, and gives all of them this
 * password. New accounts have none that anybody knows until the last statement.
 *
 * Views, routines and events whose DEFINER is one of the two go on working: both accounts stay, and
 * have the same rights.
 *
 * @throws {RekeyError} `ROTATION_MISMATCH` when `username` or `twin` cannot be shared,
 * `ROTATION_UNSUPPORTED` for an account whose plugin takes no password hash
 */
export async function provisionTwin(
  server: Server,
  username: string,
  twin: string,
  password: Secret,
): Promise<void> {
  requireUnicode(server.unicode);
  // Two invocations of the same step would both see no twin, and one would fail on its CREATE.
  await exclusively(server, "twins", async () => {
    const originals = await shareable(server, username);
    if (originals.length === 0) {
      throw mismatch(`The user "${username}" of the current version does not exist here.`);
    }
    const existing = await shareable(server, twin);
    requireSameHosts(originals, existing, username, twin);
    // Before anything is changed.
    for (const { plugin } of originals) identified(server, plugin, password);

    for (const original of originals) {
      const grantee = quoteAccount({ user: twin, host: original.account.host });
      const held = existing.find(({ account }) => account.host === original.account.host);
      if (held === undefined) {
        const nobodys = new Secret(crypto.randomUUID() + crypto.randomUUID());
        await server.query(
          `create user ${grantee} ${identified(server, original.plugin, nobodys)} account lock`,
        );
      }
      await copyGrants(server, original.grants, { user: twin, host: original.account.host });
      await bringInLine(server, original, held, grantee);
    }
    await setPasswords(server, originals, twin, password);
  });
}

/** The accounts of a user, refused if they are not an app's. */
async function shareable(server: Server, user: string): Promise<Original[]> {
  if (user === server.account.user) {
    throw mismatch(`The user "${user}" is the admin credential's own.`);
  }
  const accounts = await server.dialect.accountsOf(server, user);
  const found: Original[] = [];
  for (const account of accounts) {
    const grants = await readGrants(server, account.account);
    if (isAdministrator(grants)) {
      throw mismatch(
        `The account ${quoteAccount(account.account)} administers the server (ALL PRIVILEGES, ` +
          `SUPER or SYSTEM_USER). An app's user must not: rotation makes no twin of it.`,
      );
    }
    found.push({ ...account, grants });
  }
  return found;
}

/** An account more would let in whoever matches it with an old password, and keep others out. */
function requireSameHosts(
  originals: readonly Original[],
  existing: readonly Original[],
  username: string,
  twin: string,
): void {
  for (const { account } of existing) {
    if (originals.some((original) => original.account.host === account.host)) continue;
    throw mismatch(
      `The twin has the account ${quoteAccount(account)}, but "${username}" has none for that ` +
        `host. Drop it, or create ${quoteAccount({ user: username, host: account.host })}; then ` +
        `"${username}" and "${twin}" are equals again.`,
    );
  }
}

/** All but password and grants. */
async function bringInLine(
  { dialect, query }: Server,
  original: Original,
  held: Original | undefined,
  grantee: string,
): Promise<void> {
  // A role that was revoked stays the default one on MariaDB, and has no effect.
  const roles = original.defaultRoles.filter((role) => original.grants.roles.has(role));
  // Also those that are the same: a role that was granted anew is none of them any more.
  if (roles.length > 0 || held !== undefined && held.defaultRoles.length > 0) {
    await query(dialect.defaultRoles(grantee, roles));
  }
  if (original.clauses !== held?.clauses) await query(`alter user ${grantee} ${original.clauses}`);
  if (held?.secondPassword) await query(`alter user ${grantee} discard old password`);
}

/** In one statement: a step that finds the password set at one host takes all for done. */
async function setPasswords(
  server: Server,
  originals: readonly Original[],
  twin: string,
  password: Secret,
): Promise<void> {
  for (const locked of [true, false]) {
    const users = originals.filter((original) => original.locked === locked).map(
      ({ account, plugin }) =>
        `${quoteAccount({ user: twin, host: account.host })} ${
          identified(server, plugin, password)
        }`,
    );
    if (users.length === 0) continue;
    await server.query(`alter user ${users.join(", ")} account ${locked ? "lock" : "unlock"}`);
  }
}

function identified({ dialect }: Server, plugin: string, password: Secret): string {
  const clause = dialect.identified(plugin, password);
  if (clause !== undefined) return clause;
  throw new RekeyError(
    "ROTATION_UNSUPPORTED",
    `The user authenticates by ${plugin}, for which no password hash can be made outside ` +
      `${dialect.name}. Nothing was changed. Use mysql_native_password` +
      `${dialect.name === "MySQL" ? " or caching_sha2_password" : ""}.`,
  );
}

function mismatch(text: string): RekeyError {
  return new RekeyError("ROTATION_MISMATCH", `${text} Nothing was changed.`, {
    field: "username",
  });
}
