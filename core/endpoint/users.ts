/** Those who hold connections to an endpoint. */

import type { Credential } from "../credential.ts";
import type { Observer, RekeyEvent } from "../events.ts";

/** Somebody who holds connections to the endpoint: a pool. */
export interface EndpointUser {
  /** The endpoint prefers this credential from now on. */
  onPreferred(credential: Credential): void;
  /**
   * A new version waits to be probed. Opens one connection with it, if this user has any
   * connection that would otherwise go on with the old one; returns whether it will.
   */
  probe(target: Credential): boolean;
  /** Hears of events. */
  readonly onEvent: Observer;
}

/** The users of one endpoint. */
export class EndpointUsers {
  readonly #users = new Set<EndpointUser>();

  /** Whether there is any. */
  get any(): boolean {
    return this.#users.size > 0;
  }

  /** One more. */
  add(user: EndpointUser): void {
    this.#users.add(user);
  }

  /** One less. Returns whether it was there. */
  delete(user: EndpointUser): boolean {
    return this.#users.delete(user);
  }

  /** Tells all. */
  emit(event: RekeyEvent): void {
    for (const user of [...this.#users]) user.onEvent(event);
  }

  /** Tells all what new connections log in with. */
  prefer(credential: Credential): void {
    for (const user of [...this.#users]) user.onPreferred(credential);
  }

  /** Has the first who can probe the version: what it finds, every user hears. */
  probe(target: Credential): void {
    for (const user of [...this.#users]) if (user.probe(target)) return;
  }
}
