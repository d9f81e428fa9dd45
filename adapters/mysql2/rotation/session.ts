/** A session of the rotator on MySQL or MariaDB. */

import { systemClock } from "../../../core/clock.ts";
import type { RotationTarget, TargetSession } from "../../../core/rotation/ports.ts";
import { closeConnection, type OpenedConnection } from "../driver/open.ts";
import { identify } from "./identity.ts";
import { discardOldPassword, retainOwnPassword, setOwnPassword } from "./own_password.ts";
import type { Server } from "./server.ts";
import { provisionTwin } from "./twin.ts";

/** For how long the rotator's connections may take to say goodbye, in milliseconds. */
export const closeGraceMs = 5_000;

/** Wraps a logged-in connection. */
export function targetSession(opened: OpenedConnection, server: Server): TargetSession {
  return {
    async ping() {
      await server.query("select 1");
    },
    setOwnPassword: (username, password) => setOwnPassword(server, username, password),
    ...server.dialect.hasSecondPasswords(server.version) && {
      retainOwnPassword: (username, current, password) =>
        retainOwnPassword(server, username, current, password),
      discardOldPassword: (username, current) => discardOldPassword(server, username, current),
    },
    provisionTwin: (username, twin, password) => provisionTwin(server, username, twin, password),
    identify: () => identify(server),
    close: () => closeConnection(opened, systemClock, closeGraceMs),
  } satisfies TargetSession;
}

/** The engines of RDS secrets that this rotator takes. */
export const engines: RotationTarget["engines"] = ["mysql", "aurora-mysql", "mariadb"];
