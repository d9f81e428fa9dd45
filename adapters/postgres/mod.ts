/**
 * PostgreSQL over postgres.js: a client that lives through rotation, and the rotator's target.
 *
 * The driver is yours and is passed in as a factory: nothing here imports it.
 *
 * @module
 */

export {
  rotatingPostgres,
  type RotatingPostgresOptions,
  type RotatingSql,
} from "./rotating_postgres.ts";
export type { ClientOptions } from "../../core/client/options.ts";
export type { Rotation } from "../../core/client/rotation.ts";
export { postgresTarget, type PostgresTargetOptions } from "./rotation/target.ts";
export { bootstrap, type BootstrapOptions, type BootstrapResult } from "./rotation/bootstrap.ts";
export type { DriverSql, PostgresFactory, PostgresLogin } from "./driver/port.ts";
export type {
  LoginOutcome,
  RotationStore,
  RotationTarget,
  SecretDescription,
  ServerIdentity,
  TargetLogin,
  TargetSession,
  UsernameLimit,
} from "../../core/rotation/ports.ts";
export type { Secret } from "../../core/secret.ts";
export type { SecretVersion } from "../../core/source.ts";
export type { VersionStage } from "../../core/credential.ts";
export type { CredentialProvider, ProviderStats } from "../../core/provider/provider.ts";
export type { Credential } from "../../core/credential.ts";
export type { PoolOptions } from "../../core/pool/options.ts";
export type { PoolStats } from "../../core/pool/pool.ts";
export type { EndpointStats } from "../../core/endpoint/endpoint.ts";
export type { Observer, RekeyEvent } from "../../core/events.ts";
export type { Clock, Timer } from "../../core/clock.ts";
export type { Random } from "../../core/random.ts";
