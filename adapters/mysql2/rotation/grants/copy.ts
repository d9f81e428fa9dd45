/** Gives one account the grants of another, and no others. */

import { RekeyError } from "../../../../core/errors.ts";
import { errnoOf } from "../../classify.ts";
import { type Account, quoteAccount } from "../../identifier.ts";
import { hex } from "../literal.ts";
import type { Server } from "../server.ts";
import { type Change, difference, granting, rightOf } from "./difference.ts";
import type { Grants } from "./grants.ts";
import { NotUnderstood, parseGrants } from "./parse.ts";

/** Some statements change more than they say, and the next round finds that. */
const rounds = 4;

/** What was granted on a database, table, column or routine that was dropped: nobody can grant it. */
const gone: ReadonlySet<number> = new Set([1049, 1146, 1054, 1305]);

/** A view whose tables or definer are gone. It may come back, and its right with it. */
const broken: ReadonlySet<number> = new Set([1356, 1449]);

/** Reads what `account` may do. */
export async function readGrants({ query }: Server, account: Account): Promise<Grants> {
  const name = quoteAccount(account);
  const rows = await query(`show grants for ${name}`);
  const proxies = await query(`
    select Proxied_user as user, Proxied_host as host, With_grant as passed_on
    from mysql.proxies_priv where User = ${hex(account.user)} and Host = ${hex(account.host)}`);
  try {
    const grants = parseGrants(rows.map((row) => String(Object.values(row)[0])), account);
    for (const { user, host, passed_on } of proxies) {
      const proxied = quoteAccount({ user: String(user), host: String(host) });
      grants.proxies.set(proxied, Number(passed_on) === 1);
    }
    return grants;
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    throw new RekeyError(
      "ROTATION_UNSUPPORTED",
      `SHOW GRANTS FOR ${name} has a line that is written in a way unknown to this version. ` +
        `Nothing was changed.`,
    );
  }
}

/**
 * Grants `account` what it lacks and revokes what it has too much, until what it has is `wanted`.
 *
 * @throws {RekeyError} `ROTATION_MISMATCH` when it does not come to that
 */
export async function copyGrants(
  server: Server,
  wanted: Grants,
  account: Account,
): Promise<void> {
  const grantee = quoteAccount(account);
  const impossible = new Set<string>();
  let changes: readonly Change[] = [];
  for (let round = 0; round < rounds; round++) {
    changes = difference(wanted, await readGrants(server, account), grantee, impossible);
    if (changes.length === 0) return;
    for (const change of changes) await apply(server, change, grantee, impossible);
  }
  throw new RekeyError(
    "ROTATION_MISMATCH",
    `The grants of ${grantee} do not become those of its original; the last statement was: ` +
      `${changes.at(-1)!.sql}. Its password was not changed.`,
  );
}

async function apply(
  server: Server,
  { sql, granted }: Change,
  grantee: string,
  impossible: Set<string>,
): Promise<void> {
  try {
    await server.query(sql);
  } catch (error) {
    if (broken.has(errnoOf(error))) throw brokenView(sql, error);
    if (granted === undefined || !gone.has(errnoOf(error))) throw error;
    const { object, privileges } = granted;
    if (privileges.length === 1) impossible.add(rightOf(object, privileges[0]!));
    else {
      for (const privilege of privileges) {
        await apply(server, granting(object, [privilege], grantee), grantee, impossible);
      }
    }
  }
}

function brokenView(sql: string, cause: unknown): RekeyError {
  return new RekeyError(
    "ROTATION_MISMATCH",
    `A right on a view whose tables or definer are gone cannot be granted: ${sql}. ` +
      `The password was not changed. Mend or drop the view, or revoke that right from its original, ` +
      `and repeat the step.`,
    { cause },
  );
}
