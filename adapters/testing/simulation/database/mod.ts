/**
 * A simulated database: servers, replicas, the names they have, and the connections to them.
 *
 * @module
 */

export { classify } from "./classify.ts";
export { type ClientsOptions, type ConnectRequest, SimulatedClients } from "./clients.ts";
export type { Command, Statement } from "./command.ts";
export { type ConnectionSetup, SimulatedConnection, type StatementOutcome } from "./connection.ts";
export {
  type ServerErrorCode,
  type Severity,
  SimulatedServerError,
  SimulatedSocketError,
  type SocketErrorCode,
} from "./errors.ts";
export type { Link } from "./link.ts";
export { type Picking, SimulatedHosts } from "./hosts.ts";
export type { LockoutPolicy } from "./lockout.ts";
export { type ReplicaOptions, SimulatedReplica } from "./replica.ts";
export {
  type FailedLogin,
  type RestartOptions,
  type ServerOptions,
  type ServerState,
  type ServerWorld,
  type SessionLogin,
} from "./server_options.ts";
export { SimulatedServer } from "./server.ts";
export { type Reply, type SessionPeer, SimulatedSession } from "./session.ts";
export { SimulatedTarget, type SimulatedTargetOptions } from "./target.ts";
export type { SimulatedUser, UserChange, UserSnapshot } from "./user.ts";
export type { Clock, Timer } from "../../../../core/clock.ts";
export type { Executed, Failure, FailureKind } from "../../../../core/failure.ts";
export type {
  LoginOutcome,
  RotationTarget,
  ServerIdentity,
  TargetLogin,
  TargetSession,
} from "../../../../core/rotation/ports.ts";
export type { Secret } from "../../../../core/secret.ts";
