/** One life of a process, from its start to its end or its death, and everything watched in it. */

import type { SimulatedClient } from "../../../adapters/testing/simulation/app/client.ts";
import type { SimulatedProcess } from "../../../adapters/testing/simulation/app/process.ts";
import type { RekeyEvent } from "../../../core/events.ts";
import { properties } from "../properties/catalogue.ts";
import { LockWatch } from "../properties/locks.ts";
import { LoginWatch } from "../properties/logins.ts";
import { Opportunity } from "../properties/opportunity.ts";
import type { Violations } from "../properties/violations.ts";

/** A candidate must have been there for this much of the budget, in milliseconds. See property 1. */
const neededMs = 7_500;
/** A search in which a candidate was there all the while takes no longer. See property 13. */
const longestSearchMs = 6_500;

/** What is watched of one pool. */
export interface Watched {
  readonly host: string;
  readonly client: SimulatedClient;
  readonly logins: LoginWatch;
  readonly locks: LockWatch;
  readonly opportunity: Opportunity;
  /** The version that the endpoint preferred last. */
  preferred: string | undefined;
  /** A roll-back was announced since. */
  mayGoBack: boolean;
}

/** A process and its pools. */
export class Life {
  readonly process: SimulatedProcess;
  readonly watched: Watched[] = [];
  /** Whether it was ended in good order. */
  ended = false;
  readonly #violations: Violations;

  constructor(process: SimulatedProcess, violations: Violations) {
    this.process = process;
    this.#violations = violations;
  }

  get name(): string {
    return this.process.name;
  }

  /** Whether it runs at this moment. */
  get running(): boolean {
    return this.process.clock.running;
  }

  /** Adds a pool. */
  watch(host: string, client: SimulatedClient, ttlMs: number, learnedAtMs: () => number): void {
    const name = `${this.name}@${host}`;
    const nowMs = () => this.process.clock.monotonicMs();
    const violations = this.#violations;
    const logins = new LoginWatch({ name, ttlMs, violations, nowMs, learnedAtMs });
    const locks = new LockWatch(name, violations, nowMs);
    const opportunity = new Opportunity();
    this.watched.push({
      host,
      client,
      logins,
      locks,
      opportunity,
      preferred: undefined,
      mayGoBack: false,
    });
  }

  /** Ends it in good order, after at most `timeoutMs`. */
  async end(timeoutMs: number): Promise<void> {
    await this.process.end(timeoutMs);
    this.ended = true;
  }

  /** Something happened in it. */
  onEvent(event: RekeyEvent): void {
    for (const watched of this.watched) {
      if ("endpoint" in event && event.endpoint !== watched.host) continue;
      watched.logins.onEvent(event);
      if ("rolledBack" in event && event.rolledBack) watched.mayGoBack = true;
    }
  }

  /** A search ended, found or not. */
  onSearch(host: string, begunMs: number, worldNowMs: number): void {
    const searchedMs = this.process.clock.monotonicMs() - begunMs;
    const { opportunity } = this.#of(host);
    const { forMs, versionId } = opportunity.longest(worldNowMs);
    const waitedMs = Math.min(searchedMs, forMs);
    if (waitedMs <= longestSearchMs) return;
    this.#violations.report(
      properties.oneSearch,
      `${this.name}@${host} searched for ${waitedMs.toFixed(0)} ms while ${versionId} was there`,
    );
  }

  /** A statement failed because nobody could log in. */
  onLoginFailure(host: string, code: string, worldNowMs: number): void {
    const { forMs, versionId } = this.#of(host).opportunity.longest(worldNowMs);
    if (forMs < neededMs) return;
    this.#violations.report(
      properties.credential,
      `${this.name}@${host} failed with ${code}: ${versionId} was there for ${forMs.toFixed(0)} ms`,
    );
  }

  /**
   * Looks at everything that must hold at every moment. `sawFirst` says whether this process was
   * told of the one version before it was told of the other.
   */
  look(sawFirst: (earlier: string, later: string) => boolean): void {
    for (const watched of this.watched) {
      const { client, host } = watched;
      if (client.connections > client.max + 1) {
        this.#violations.report(
          properties.connections,
          `${this.name}@${host} has ${client.connections}, and max is ${client.max}`,
        );
      }
      if (client.misserved > 0) {
        this.#violations.report(
          properties.leftovers,
          `${this.name}@${host} was given a connection that is retired or lost`,
        );
      }
      for (const slot of client.slots) {
        if (slot.state !== "idle" || !slot.outdated && !slot.retired) continue;
        this.#violations.report(
          properties.leftovers,
          `${this.name}@${host} keeps an old connection of ${slot.versionId} that is idle`,
        );
      }
      const { preferred } = watched;
      const versionId = client.endpoint.preferred?.versionId;
      if (versionId === undefined || versionId === preferred) continue;
      if (preferred !== undefined && sawFirst(versionId, preferred) && !watched.mayGoBack) {
        this.#violations.report(
          properties.preferred,
          `${this.name}@${host} went back from ${preferred} to ${versionId}`,
        );
      }
      watched.mayGoBack = false;
      watched.preferred = versionId;
    }
  }

  #of(host: string): Watched {
    return this.watched.find((watched) => watched.host === host)!;
  }
}
