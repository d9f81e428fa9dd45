/**
 * The rotator: Secrets Manager's four steps, safe to repeat, and the strategies.
 *
 * It never sends a password that a server's log could hold, leaves the credential that apps use
 * working until its successor is proven, and finishes what a crashed call began.
 *
 * @module
 */

export { alternatingUsers, type AlternatingUsersOptions } from "./alternating_users.ts";
export { singleUser } from "./single_user.ts";
export { dualPassword } from "./dual_password.ts";
export { discardOldPassword, type DiscardOptions } from "./discard_old_password.ts";
export { rotationHandler } from "./handler.ts";
export { rotate, type RotateOptions, type RotationResult } from "./rotate.ts";
export type { HostPort, RotationOptions } from "./options.ts";
export type { RotationEvent } from "./events.ts";
export type { RotationStep } from "./steps.ts";
export type {
  LoginOutcome,
  RotationStore,
  RotationTarget,
  SecretDescription,
  ServerIdentity,
  TargetLogin,
  TargetSession,
  UsernameLimit,
} from "./ports.ts";
export type { LocatedPayload, RotationStrategy, SetContext } from "./strategy.ts";
export type { Secret } from "../secret.ts";
export type { SecretPayload } from "../secret_payload.ts";
export type { SecretVersion } from "../source.ts";
export type { VersionStage } from "../credential.ts";
export type { Clock, Timer } from "../clock.ts";
export type { Random } from "../random.ts";
