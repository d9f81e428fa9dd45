/** The four steps. Each may be repeated, and finishes what an earlier, crashed call began. */

import type { Clock } from "../clock.ts";
import { RekeyError } from "../errors.ts";
import type { Random } from "../random.ts";
import type { Secret } from "../secret.ts";
import { replaceLogin } from "../secret_payload.ts";
import type { RotationStore, RotationTarget } from "./ports.ts";
import { waitForReplica } from "./replica.ts";
import { loginFailed, probe } from "./session.ts";
import type { LocatedPayload, RotationStrategy } from "./strategy.ts";
import { confirmed, currentVersion, find, need } from "./versions.ts";

/** One of the four steps. */
export type RotationStep = "create" | "set" | "test" | "finish";

/** The four steps, in order. */
export const rotationSteps: readonly RotationStep[] = ["create", "set", "test", "finish"];

/** Everything the steps need, defaults filled in. */
export interface StepDependencies {
  readonly store: RotationStore;
  readonly target: RotationTarget;
  readonly strategy: RotationStrategy;
  readonly replicas: readonly { readonly host: string; readonly port?: number }[];
  readonly replicaTimeoutMs: number;
  readonly adminSecretId: string | undefined;
  readonly endpoint: { readonly host: string; readonly port?: number } | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

/** Which version of which secret is rotated. */
export interface StepInput {
  readonly secretId: string;
  readonly versionId: string;
  /** The version under current by the labels that this rotation was found in. */
  readonly currentId: string;
  readonly rotationToken?: Secret;
}

/** Runs one step. */
export function runStep(
  step: RotationStep,
  dependencies: StepDependencies,
  input: StepInput,
): Promise<void> {
  return bodies[step](dependencies, input);
}

const bodies: Readonly<
  Record<RotationStep, (dependencies: StepDependencies, input: StepInput) => Promise<void>>
> = {
  async create(dependencies, { secretId, versionId, currentId, rotationToken }) {
    const { store, strategy, target } = dependencies;
    const current = await need(dependencies, secretId, "current", currentId);
    const pending = await store.read(secretId, "pending");
    if (pending?.versionId === versionId) return;
    const username = strategy.nextUsername(current.payload.username, target);
    const value = replaceLogin(current.value, username, await store.generatePassword());
    // "exists": a second invocation of this step was faster, and its value is as good.
    await store.putPending(secretId, versionId, value, rotationToken);
  },

  async set(dependencies, { secretId, versionId, currentId }) {
    const current = await need(dependencies, secretId, "current", currentId);
    const pending = await need(dependencies, secretId, "pending", versionId);
    await dependencies.strategy.set({
      target: dependencies.target,
      current: current.payload,
      pending: pending.payload,
      previous: async () => (await find(dependencies, secretId, "previous"))?.payload,
      admin: () => adminOf(dependencies, current.payload),
    });
  },

  async test(dependencies, { secretId, versionId }) {
    const { payload } = await need(dependencies, secretId, "pending", versionId);
    const outcome = await probe(dependencies.target, payload);
    if (!outcome.accepted) throw loginFailed("pending", payload, outcome.code);
    const { replicas, target } = dependencies;
    const accepted = replicas.length > 0 && target.countsRefusals === true
      ? await acceptedSoFar(dependencies, secretId, payload)
      : undefined;
    await Promise.all(
      replicas.map((replica) => waitForReplica(dependencies, payload, replica, accepted)),
    );
  },

  async finish(dependencies, { secretId, versionId, currentId }) {
    const { store } = dependencies;
    // A version without a value, made current, would leave the apps with nothing.
    await need(dependencies, secretId, "pending", versionId);
    await confirmed(
      () => store.promote(secretId, versionId, currentId),
      async () => currentVersion((await store.describe(secretId)).stages) === versionId,
    );
  },
};

/** What a replica that lags still accepts of the pending version's user. */
async function acceptedSoFar(
  dependencies: StepDependencies,
  secretId: string,
  { username, password }: LocatedPayload,
): Promise<LocatedPayload | undefined> {
  for (const stage of ["current", "previous"] as const) {
    const payload = (await find(dependencies, secretId, stage))?.payload;
    // By now another invocation may have made the pending version the current one.
    if (payload?.username === username && !payload.password.equals(password)) return payload;
  }
  return undefined;
}

async function adminOf(
  dependencies: StepDependencies,
  current: LocatedPayload,
): Promise<LocatedPayload> {
  const secretId = dependencies.adminSecretId ?? current.adminSecretId;
  if (secretId === undefined) {
    throw new RekeyError(
      "INVALID_SECRET",
      `Alternating users need an admin credential: set masterarn in the secret, or adminSecretId.`,
      { field: "masterarn" },
    );
  }
  // Never at a host that only the app's secret names: whoever can write that one would be sent the
  // admin's proof. RDS-managed admin secrets name none, and need the option endpoint.
  return (await need(dependencies, secretId, "current")).payload;
}
