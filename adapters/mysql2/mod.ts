/**
 * MySQL and MariaDB over mysql2: a pool that lives through rotation, and the rotator's target.
 *
 * The driver is yours and is passed in as a factory: nothing here imports it.
 *
 * What becomes of errors:
 *
 * | number | when | what is done |
 * |---|---|---|
 * | 1045; 3118, 4151 (locked by an administrator); 1862 (expired) | at login | another version of the secret is tried |
 * | 3955, 4150 (locked after failed logins) | at login | the user is left alone for a minute; another user is tried |
 * | 1044, 1049, 1130, 1698 | at login | `LOGIN_REFUSED`, after the secret was read once more |
 * | 1040, 1129, 1203, 1226 (limits); 1053; 3032 (offline mode); no connection, no socket file, a connection lost in the handshake of TLS | at login | tried again, with backoff, within `loginBudgetMs` |
 * | 1053, 1152, 1158 to 1161, 1184, 1927, 3169; lost connection, whatever the code | statement | rejected with `possiblyExecuted: true`; never repeated |
 * | 4031 (idle for too long); lost before it was sent | statement | sent again on another connection |
 * | 1290 (read-only), 1792, 1836 | statement | rejected; its connection is closed, so that a new one finds the primary |
 * | none: a `typeCast` has thrown | statement | rejected as it is; its connection is closed, because the rest of the rows is on its way |
 * | everything else | | rejected as it is |
 *
 * MariaDB lets a user in whose password has expired, and refuses every statement with 1820, unless
 * `disconnect_on_expired_password` is on: set it, so that another version of the secret is tried.
 *
 * MariaDB's 4150 and 4151 have other names in `error.code`: the driver knows MySQL's. Match on `errno`.
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
