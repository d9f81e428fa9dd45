/** The scenarios. */

import {
  alternatingUsers,
  dualPassword,
  type RotationStrategy,
  singleUser,
} from "../../core/rotation/mod.ts";
import type { DatabaseName } from "./client/client.ts";
import { parameters } from "./parameters.ts";

/** The ways to rotate. */
export const strategies = {
  "single-user": () => singleUser(),
  "alternating-users": () => alternatingUsers(),
  "dual-password": () => dualPassword(),
} satisfies Readonly<Record<string, () => RotationStrategy>>;

/** How credentials rotate in a run, and what the load does meanwhile. */
export interface Scenario {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  readonly strategy: keyof typeof strategies;
  /** The databases that can do this. All of them when missing. */
  readonly databases?: readonly DatabaseName[];
  /** How long the rotation is held between the set step and the test step. */
  readonly gapMs: number;
  /**
   * What is taken away some time after each rotation: the old user, who is locked out and whose
   * sessions are ended, or the old password of the same user.
   */
  readonly retires?: "user" | "password";
  /** Whether the load runs on a replica, where nothing can be written. */
  readonly onReplica: boolean;
  /**
   * Whether the clients run one after another, and not side by side. They share the machine, and
   * where a scenario has no steady phase after its first rotation, the failed logins of one client
   * from then on would be measured as a slow-down of the other.
   */
  readonly apart?: boolean;
  /**
   * The client that lacks what decides this scenario. It has to fail where the whole one does not.
   * Undefined where no part can be taken away from outside; raw alone stands beside it then.
   */
  readonly control: string | undefined;
  /** How the control's credentials rotate, where that is what is taken away. */
  readonly controlStrategy?: Scenario["strategy"];
}

const noStagedCandidates = "control_no_staged_candidates";
const noPushedAdoption = "control_no_pushed_adoption";
const noSecondPassword = "control_no_second_password";

const seconds = (ms: number) => `${ms / 1000} s`;
const { gapMs, retireAfterMs, replicaLagMs: { postgres: lagMs, mysql: mysqlLagMs } } = parameters;

/** What runs by default. */
export const primaryScenarios: readonly Scenario[] = [
  {
    name: "single-user",
    summary: `the password changes in place; the store has the new one ${seconds(gapMs)} later`,
    strategy: "single-user",
    gapMs,
    onReplica: false,
    control: noStagedCandidates,
  },
  {
    name: "alternating-users",
    summary: `two users take turns; ${seconds(retireAfterMs)} after a rotation the old one is ` +
      `locked out and its sessions are ended`,
    strategy: "alternating-users",
    gapMs: 0,
    retires: "user",
    onReplica: false,
    control: noPushedAdoption,
  },
  {
    name: "dual-password",
    summary: `one user has two passwords; the store has the new one ${seconds(gapMs)} later, and ` +
      `${seconds(retireAfterMs)} after a rotation the old one is taken away (MySQL only)`,
    strategy: "dual-password",
    databases: ["mysql"],
    gapMs,
    retires: "password",
    onReplica: false,
    apart: true,
    control: noSecondPassword,
    controlStrategy: "single-user",
  },
];

/** What runs with --replica. */
export const replicaScenarios: readonly Scenario[] = [
  {
    name: "replica",
    summary: `single user, reads on a replica that is ${seconds(lagMs)} behind (MySQL, MariaDB: ` +
      `${seconds(mysqlLagMs)})`,
    strategy: "single-user",
    gapMs: 0,
    onReplica: true,
    control: undefined,
  },
  {
    name: "replica-gap",
    summary: `the same, and the store has the new password ${seconds(gapMs)} late`,
    strategy: "single-user",
    gapMs,
    onReplica: true,
    control: noStagedCandidates,
  },
];
