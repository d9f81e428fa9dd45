/**
 * For tests of your own: time and chance that are the same every time, and a simulated world with
 * a secret store, database servers, a network that loses messages, processes and a rotator.
 *
 * @example A rotation that no statement notices
 * ```ts
 * import assert from "node:assert/strict";
 * import { singleUser } from "@rekey/orm/rotation";
 * import { appSecretId, SimulatedWorld } from "@rekey/orm/testing";
 *
 * const world = new SimulatedWorld({ seed: 1 });
 * const process = world.process("web");
 * const client = process.client("primary");
 * await world.clock.until(client.run({ id: "before", durationMs: 5 }));
 *
 * const rotator = world.rotator(singleUser());
 * world.store.startRotation(appSecretId, "v2");
 * for (const step of ["createSecret", "setSecret", "testSecret", "finishSecret"] as const) {
 *   assert.equal(await world.clock.until(rotator.invoke(step, "v2").outcome), "succeeded");
 *   world.primary.killSessions();
 *   await world.clock.advance(100);
 *   await world.clock.until(client.run({ id: step, durationMs: 5 }));
 * }
 * assert.equal(world.primary.executions("finishSecret"), 1);
 * ```
 *
 * @module
 */

export { ManualClock } from "./manual_clock.ts";
export { SeededRandom } from "./seeded_random.ts";
export {
  adminSecretId,
  appSecretId,
  SimulatedWorld,
  type WorldOptions,
} from "./simulation/world.ts";
export * from "./simulation/database/mod.ts";
export * from "./simulation/store/mod.ts";
export { type Fate, LostMessageError, Network, type Weather } from "./simulation/network.ts";
export { ProcessClock, StandstillError } from "./simulation/process_clock.ts";
export { Timeline } from "./simulation/timeline.ts";
export { SimulatedClient } from "./simulation/app/client.ts";
export { LostStatementError } from "./simulation/app/lost_statement_error.ts";
export {
  type ProcessOptions,
  type SimulatedLogin,
  type SimulatedPoolOptions,
  SimulatedProcess,
  type SimulatedSearch,
} from "./simulation/app/process.ts";
export {
  type Invocation,
  type RotatorOptions,
  type ServiceStep,
  SimulatedRotator,
} from "./simulation/app/rotator.ts";
export type { Credential } from "../../core/credential.ts";
export type {
  CandidateAccepted,
  ConnectionLost,
  DrainFinished,
  DrainSlow,
  LoginRejected,
  Observer,
  ProcessFrozen,
  RekeyEvent,
  SearchFailed,
  SourceFailed,
  SourceRecovered,
  StaleServed,
  SwapAborted,
  SwapCompleted,
  SwapStarted,
  VersionChanged,
} from "../../core/events.ts";
export type { PoolOptions } from "../../core/pool/options.ts";
export type { PoolDriver } from "../../core/pool/rotating_pool.ts";
export type { Slot, SlotState } from "../../core/pool/slot.ts";
export type { ProviderOptions } from "../../core/provider/options.ts";
export type { CredentialProvider, ProviderStats } from "../../core/provider/provider.ts";
export type { LocatedPayload, RotationStrategy, SetContext } from "../../core/rotation/strategy.ts";
export type { SecretPayload } from "../../core/secret_payload.ts";
