/** A session of the rotator on PostgreSQL. */

import type { RotationTarget, TargetSession } from "../../../core/rotation/ports.ts";
import type { Secret } from "../../../core/secret.ts";
import { type Closable, closeConnection } from "../driver/open.ts";
import type { DriverSql } from "../driver/port.ts";
import { quoteIdentifier } from "../identifier.ts";
import { scramVerifier } from "../scram/verifier.ts";
import { exclusive } from "./exclusive.ts";
import { withoutStatement } from "./without_statement.ts";
import { provisionTwin } from "./twin.ts";

/** For how long the rotator's connections may take to say goodbye, in milliseconds. */
export const closeGraceMs = 5_000;

/** Wraps a logged-in connection. */
export function targetSession(opened: Closable): TargetSession {
  const { sql } = opened;
  return {
    async ping() {
      await sql.unsafe("select 1");
    },
    async setOwnPassword(username: string, password: Secret) {
      // The server never sees the password: its log holds at most the verifier.
      const verifier = await scramVerifier(password);
      await withoutStatement(sql.begin(async (tx: DriverSql) => {
        // A role setting would make somebody else of the session, who may not change this password.
        await tx.unsafe("set local role none");
        // PostgreSQL fails the second of two concurrent changes: of two invocations of one step.
        await tx.unsafe(exclusive(`password of ${username}`));
        // A change that a crash of the server forgets would contradict the store.
        await tx.unsafe("set local synchronous_commit = on");
        await tx.unsafe(`alter role ${quoteIdentifier(username)} password '${verifier}'`);
      }));
    },
    async provisionTwin(username: string, twin: string, password: Secret) {
      const verifier = await scramVerifier(password);
      await withoutStatement(
        sql.begin((tx: DriverSql) => provisionTwin(tx, username, twin, verifier)),
      );
    },
    async identify() {
      const [row] = await sql.unsafe(`
        select system_identifier::text as cluster,
          extract(epoch from pg_catalog.pg_postmaster_start_time())::text as instance,
          pg_catalog.pg_is_in_recovery() as standby
        from pg_catalog.pg_control_system()`);
      return {
        cluster: String(row?.cluster),
        instance: String(row?.instance),
        standby: row?.standby === true,
      };
    },
    close: () => closeConnection(opened, closeGraceMs),
  } satisfies TargetSession;
}

/** The engines of RDS secrets that PostgreSQL's rotator takes. */
export const engines: RotationTarget["engines"] = ["postgres", "aurora-postgresql"];
