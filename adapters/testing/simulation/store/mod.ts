/**
 * The secret store of a simulated world: the versions, labels and errors of AWS Secrets Manager,
 * without its network, its clock and its chance.
 *
 * @module
 */

export { SimulatedStore } from "./store.ts";
export type { SimulatedStoreOptions } from "./store.ts";
export type { StoreChange, StoredLogin } from "./secrets.ts";
export { StoreError } from "./errors.ts";
export type { StoreErrorName } from "./errors.ts";
export { StoreFaults } from "./faults.ts";
export type {
  InjectedStoreFault,
  StoreFault,
  StoreFaultKind,
  StoreOperation,
  StoreRequest,
} from "./faults.ts";
export { ReadLog } from "./read_log.ts";
export type { ReadAnswered, ReadBegun, ReadEnd, ReadEvent } from "./read_log.ts";
export type { Consistency } from "./history.ts";
export type { Labels } from "./state.ts";
export type { Fate, Network, Weather } from "../network.ts";
export type { ProcessClock } from "../process_clock.ts";
export type { Timeline } from "../timeline.ts";
export type { SeededRandom } from "../../seeded_random.ts";
export type { Clock, Timer } from "../../../../core/clock.ts";
export type { VersionStage } from "../../../../core/credential.ts";
export type { Random } from "../../../../core/random.ts";
export type { RotationStore, SecretDescription } from "../../../../core/rotation/ports.ts";
export type { Secret } from "../../../../core/secret.ts";
export type { SecretSource, SecretVersion } from "../../../../core/source.ts";
