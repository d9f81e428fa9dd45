/**
 * Rekey keeps an app running while its database credentials are rotated: no statement fails for
 * want of a valid credential.
 *
 * This entry point is the core, which knows neither a driver nor a store. You will also want a
 * source of secrets (`@rekey/orm/aws`) and a driver (`@rekey/orm/postgres`).
 *
 * @module
 */

export { Secret } from "./core/secret.ts";
export type { Credential, VersionStage } from "./core/credential.ts";
export type { SecretSource, SecretVersion } from "./core/source.ts";
export {
  type ParseOptions,
  parseSecretPayload,
  type SecretPayload,
} from "./core/secret_payload.ts";
export {
  isRekeyError,
  type LoginAttempt,
  RekeyError,
  type RekeyErrorCode,
  type RekeyErrorDetails,
} from "./core/errors.ts";
export { type Clock, systemClock, type Timer } from "./core/clock.ts";
export { type Random, systemRandom } from "./core/random.ts";
export {
  type CredentialProvider,
  credentialProvider,
  type ProviderStats,
} from "./core/provider/provider.ts";
export type { ProviderOptions } from "./core/provider/options.ts";
export type * from "./core/events.ts";
