/** What a user gives to rotate, checked at the door. */

import { type Clock, systemClock } from "../clock.ts";
import { RekeyError } from "../errors.ts";
import { type Random, systemRandom } from "../random.ts";
import type { RotationEvent } from "./events.ts";
import type { RotationStore, RotationTarget } from "./ports.ts";
import type { StepDependencies } from "./steps.ts";
import type { RotationStrategy } from "./strategy.ts";

/** A host and a port. */
export interface HostPort {
  /** Host name or address. */
  readonly host: string;
  /** Port; the database's usual one when missing. */
  readonly port?: number;
}

/** Options of `rotate` and `rotationHandler`. */
export interface RotationOptions {
  /** The secret store, for example `rotationStore(client)` of `@rekey/orm/aws`. */
  readonly store: RotationStore;
  /** The database, for example `postgresTarget(factory)` of `@rekey/orm/postgres`. */
  readonly target: RotationTarget;
  /** How to rotate: `singleUser()`, `alternatingUsers()` or `dualPassword()`. */
  readonly strategy: RotationStrategy;
  /**
   * Replicas that must accept the new credential before the rotation finishes. For alternating
   * users this takes replica lag out of the apps' way altogether.
   * @default {[]}
   */
  readonly replicas?: readonly HostPort[];
  /**
   * How long the test step waits for each replica, in milliseconds.
   * @default {30000}
   */
  readonly replicaTimeoutMs?: number;
  /** The secret of the admin credential; wins over the secret's own `masterarn`. */
  readonly adminSecretId?: string;
  /** The server, for secrets that name none (RDS-managed ones). The secret's own host wins. */
  readonly endpoint?: HostPort;
  /** Hears of every step that begins, ends or fails. What it throws is ignored. */
  readonly onEvent?: (event: RotationEvent) => void;
  /**
   * Where time comes from.
   * @default {the machine's clock}
   */
  readonly clock?: Clock;
  /**
   * Where the jitter of retries comes from.
   * @default {the machine's randomness}
   */
  readonly random?: Random;
}

/** Fills in the defaults. Throws `INVALID_OPTION`. */
export function stepDependencies(options: RotationOptions): StepDependencies {
  const replicaTimeoutMs = options.replicaTimeoutMs ?? 30_000;
  if (!(replicaTimeoutMs >= 0 && Number.isFinite(replicaTimeoutMs))) {
    throw new RekeyError(
      "INVALID_OPTION",
      `replicaTimeoutMs is ${replicaTimeoutMs}: it must be a number of milliseconds, 0 or more.`,
    );
  }
  for (const name of ["store", "target", "strategy"] as const) {
    if (options[name] === undefined || options[name] === null) {
      throw new RekeyError("INVALID_OPTION", `${name} is missing: rotation needs it.`);
    }
  }
  return {
    store: options.store,
    target: options.target,
    strategy: options.strategy,
    replicas: options.replicas ?? [],
    replicaTimeoutMs,
    adminSecretId: options.adminSecretId,
    endpoint: options.endpoint,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
  };
}
