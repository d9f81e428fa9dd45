/**
 * MySQL and MariaDB over mysql2: a pool that lives through rotation, and the rotator's target.
 *
 * The driver is yours and is passed in as a factory: nothing here imports it.
 *
 * @module
 */

export {
  rotatingMysql,
  type RotatingMysqlOptions,
  type RotatingMysqlPool,
} from "./rotating_mysql.ts";
export { mysqlTarget, type MysqlTargetOptions } from "./rotation/target.ts";
export type {
  LoginOutcome,
  RotationTarget,
  ServerIdentity,
  TargetLogin,
  TargetSession,
  UsernameLimit,
} from "../../core/rotation/ports.ts";
export type { DriverConnection, DriverPool, MysqlFactory, MysqlLogin } from "./driver/port.ts";
export type { ClientOptions } from "../../core/client/options.ts";
export type { Rotation } from "../../core/client/rotation.ts";
export type { CredentialProvider, ProviderStats } from "../../core/provider/provider.ts";
export type { Credential, VersionStage } from "../../core/credential.ts";
export type { Secret } from "../../core/secret.ts";
export type { PoolOptions } from "../../core/pool/options.ts";
export type { PoolStats } from "../../core/pool/pool.ts";
export type { EndpointStats } from "../../core/endpoint/endpoint.ts";
export type { Observer, RekeyEvent } from "../../core/events.ts";
export type { Clock, Timer } from "../../core/clock.ts";
export type { Random } from "../../core/random.ts";
