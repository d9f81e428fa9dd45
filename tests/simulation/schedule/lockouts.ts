/** The servers' lockouts: who is to blame for one, and how it ends. */

import type {
  LockoutPolicy,
  SimulatedServer,
} from "../../../adapters/testing/simulation/database/mod.ts";
import { appSecretId } from "../../../adapters/testing/simulation/world.ts";
import { properties } from "../properties/catalogue.ts";
import { lockedAfter, lockMs } from "./configuration.ts";
import type { Director } from "./director.ts";

/** What servers do to users whose logins fail. */
export class Lockouts {
  readonly #director: Director;
  readonly #servers: readonly SimulatedServer[];
  /** After the rotation to which version the app last logged in to a host with that version. */
  readonly #versionAtLogin = new Map<string, number>();
  /** Somebody is or was locked out, and nobody is to blame. */
  #excused = false;

  constructor(director: Director, servers: readonly SimulatedServer[]) {
    this.#director = director;
    this.#servers = servers;
    const { lockout } = director.configuration;
    if (lockout === "none") return;
    const policy: LockoutPolicy = lockout === "mysql"
      ? { kind: "mysql", afterFailures: lockedAfter, lockMs }
      : { kind: "mariadb", afterFailures: lockedAfter };
    for (const server of servers) server.lockOut(policy);
  }

  /** Whether somebody was locked out of whom nothing is promised: then no numbers are, either. */
  get excused(): boolean {
    return this.#excused;
  }

  /** A login of the app with this version was accepted. */
  accepted(host: string, versionId: string): void {
    const { service, world: { store } } = this.#director;
    if (service.rotating || versionId !== store.versionOf(appSecretId, "current")) return;
    this.#versionAtLogin.set(host, service.version);
  }

  /** Checks what must hold at every moment. */
  look(): void {
    const { configuration: { calm, lockout }, violations } = this.#director;
    if (!calm || lockout === "none") return;
    for (const server of this.#servers) {
      for (const username of server.snapshot().keys()) {
        if (!server.locksOut(username)) continue;
        if (this.#isPromised(server)) {
          violations.report(properties.lockout, `${server.name} has locked out ${username}`);
        } else this.#excused = true;
      }
    }
  }

  /** Somebody who does not know the password of the app's user tries to log in as that user. */
  lockOutUser(): void {
    const { store } = this.#director.world;
    const current = store.versionOf(appSecretId, "current")!;
    const { username } = store.loginOf(appSecretId, current)!;
    for (const server of this.#servers) {
      for (let failures = 0; failures < lockedAfter; failures++) {
        try {
          server.login({ username, password: "a guess" }, { ended() {} });
        } catch {
          // That was to be expected.
        }
      }
    }
  }

  /** An administrator lets everybody in again. */
  flush(): void {
    for (const server of this.#servers) server.flushPrivileges();
  }

  /** Faults stop: nobody is locked out any more, unless it is promised that nobody is anyway. */
  end(): void {
    for (const server of this.#servers) if (!this.#isPromised(server)) server.lockOut(undefined);
  }

  #isPromised(server: SimulatedServer): boolean {
    const { configuration, longestLagMs, service } = this.#director;
    const { calm, ttlMs, strategy } = configuration;
    if (!calm) return false;
    // What was refused in one rotation and in the next would be in a row.
    const { standby } = server;
    const host = standby ? "replica" : "primary";
    const missed = service.version - (this.#versionAtLogin.get(host) ?? 1) > 1;
    // A set step that runs again is refused once.
    if (!standby) return !missed || !service.hasRepeatedSet;
    if (missed) return false;
    // The twin has a password that nobody knows any more: no login makes a replica count anew.
    if (service.hasAbandoned && !strategy.touchesActiveUser) return false;
    return longestLagMs < ttlMs;
  }
}
