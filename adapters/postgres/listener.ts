/** LISTEN on a connection of its own, which is replaced when it is lost or of an old generation. */

import { type Clock, delay } from "../../core/clock.ts";
import { RekeyError } from "../../core/errors.ts";
import type { Random } from "../../core/random.ts";
import { retry } from "../../core/resilience/retry.ts";
import type { Connections } from "./connections.ts";
import { quoteIdentifier } from "./identifier.ts";
import { OwnedConnection } from "./owned_connection.ts";
import { quietly } from "./quietly.ts";
import { reconnectBackoff } from "./reconnect_backoff.ts";
import { makeSql, type SqlParts } from "./sql.ts";

/** For how long an old connection that does not answer is kept. */
const hearOutMs = 5_000;

interface Subscription {
  readonly fn: (payload: string) => void;
  readonly onlisten: (() => void) | undefined;
}

/** What `listen` resolves with. */
export interface ListenMeta {
  /** The server process of the connection. */
  readonly state: unknown;
  /** Ends this subscription. */
  readonly unlisten: () => Promise<void>;
}

/** What a listener is made of. */
export interface ListenerOptions {
  readonly connections: Connections;
  // deno-lint-ignore no-explicit-any
  readonly parts: SqlParts<any>;
  readonly clock: Clock;
  readonly random: Random;
  /** How many connections the pool may have. */
  readonly max: number;
}

/**
 * Notifications reach their listeners at least once while there is a connection: when one replaces
 * another, both listen for a moment.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #channels = new Map<string, Set<Subscription>>();
  readonly #abort = new AbortController();
  #connection: OwnedConnection | undefined;
  #connecting: Promise<unknown> | undefined;
  #connectedAtMs = -Infinity;
  #moving: Promise<void> | undefined;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /**
   * postgres.js's `listen`.
   * @throws {RekeyError} `INVALID_OPTION` when it would take the pool's only connection
   */
  async listen(
    channel: string,
    fn: (payload: string) => void,
    onlisten?: () => void,
  ): Promise<ListenMeta> {
    if (this.#options.max < 2) {
      throw new RekeyError(
        "INVALID_OPTION",
        "listen() keeps a connection, and max is 1: no statement could run. Set max to 2 or more.",
      );
    }
    if (this.#abort.signal.aborted) throw endedError();
    const statement = `listen ${quoteIdentifier(channel)}`;
    const subscription = { fn, onlisten };
    const known = this.#channels.get(channel);
    if (known !== undefined) known.add(subscription);
    else this.#channels.set(channel, new Set([subscription]));
    const unlisten = () => this.#unlisten(channel, subscription);
    try {
      await this.#connected();
      // Ended meanwhile.
      if (this.#connection === undefined) throw endedError();
      const result = await this.#run(this.#connection, statement) as { state?: unknown };
      onlisten?.();
      return { state: result.state, unlisten };
    } catch (error) {
      await unlisten();
      throw error;
    }
  }

  /** The pool has a new generation: listen on a connection of it, then let go of the old one. */
  moved(): void {
    this.#moving ??= this.#retry(() => this.#move()).finally(() => this.#moving = undefined);
  }

  /** Lets go of the connection. */
  end(): void {
    this.#abort.abort();
    this.#channels.clear();
    this.#connection?.discard();
    this.#connection = undefined;
  }

  /** Again after each success: the next generation may be there already. */
  async #move(): Promise<void> {
    while (true) {
      // One that is being opened may be of either generation.
      await this.#connecting?.catch(() => {});
      const old = this.#connection;
      if (old === undefined || !old.outdated) return;
      await this.#replace();
      await this.#hearOut(old);
      old.discard();
    }
  }

  /**
   * Waits until a connection has heard all that was sent before the one in its place began to listen.
   * Notifications are heard in the order of the database's queue: what came before one of our own has
   * been heard when that one is. It goes to a channel that nobody else listens to.
   */
  async #hearOut(old: OwnedConnection): Promise<void> {
    const marker = quoteIdentifier(`rekey_${crypto.randomUUID()}`);
    const heard = (async () => {
      for (const statement of [`listen ${marker}`, `notify ${marker}`, "unlisten *"]) {
        await this.#run(old, statement);
      }
    })().catch(() => {});
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, this.#abort.signal]);
    await Promise.race([heard, delay(this.#options.clock, hearOutMs, signal)]);
    done.abort();
  }

  #connected(): Promise<unknown> {
    if (this.#connection !== undefined && !this.#connection.lost) return Promise.resolve();
    return this.#replace();
  }

  #replace(): Promise<unknown> {
    return this.#connecting ??= this.#connect().finally(() => this.#connecting = undefined);
  }

  async #connect(): Promise<void> {
    const connection = await OwnedConnection.take(
      this.#options.connections,
      () => this.#lost(connection),
    );
    if (this.#abort.signal.aborted) {
      connection.discard();
      throw endedError();
    }
    connection.physical.onNotification = (channel, payload) => this.#notify(channel, payload);
    try {
      const heard = new Set<string>();
      // Again from the start after each: others may be added meanwhile, on the connection of before.
      for (let channel; (channel = this.#unheard(heard)) !== undefined;) {
        await this.#run(connection, `listen ${quoteIdentifier(channel)}`);
        heard.add(channel);
      }
    } catch (error) {
      connection.discard();
      throw error;
    }
    // The last one left meanwhile.
    if (this.#channels.size === 0) return connection.release();
    this.#connection = connection;
    this.#connectedAtMs = this.#options.clock.monotonicMs();
  }

  #unheard(heard: ReadonlySet<string>): string | undefined {
    for (const channel of this.#channels.keys()) if (!heard.has(channel)) return channel;
    return undefined;
  }

  #lost(connection: OwnedConnection): void {
    connection.release();
    if (connection !== this.#connection) return;
    this.#connection = undefined;
    // A peer that lets us listen and hangs up, again and again, must not be dialled in a loop.
    const livedMs = this.#options.clock.monotonicMs() - this.#connectedAtMs;
    void this.#retry(() => this.#reconnect(), livedMs < reconnectBackoff.capMs);
  }

  async #reconnect(): Promise<void> {
    if (this.#channels.size === 0) return;
    await this.#connected();
    // As the driver does: whoever cares reads what it may have missed.
    for (const subscriptions of this.#channels.values()) {
      for (const { onlisten } of subscriptions) quietly(onlisten);
    }
  }

  #retry(attempt: () => Promise<void>, waitFirst = false): Promise<void> {
    const { clock, random } = this.#options;
    const { signal } = this.#abort;
    return retry(attempt, { clock, random, backoff: reconnectBackoff, signal, waitFirst });
  }

  async #unlisten(channel: string, subscription: Subscription): Promise<void> {
    const subscriptions = this.#channels.get(channel);
    if (!subscriptions?.delete(subscription) || subscriptions.size > 0) return;
    this.#channels.delete(channel);
    const connection = this.#connection;
    if (connection === undefined || connection.lost) return;
    if (this.#channels.size > 0) {
      await this.#run(connection, `unlisten ${quoteIdentifier(channel)}`);
      return;
    }
    this.#connection = undefined;
    await this.#run(connection, "unlisten *").then(() => connection.release(), () => {
      connection.discard();
    });
  }

  #notify(channel: string, payload: string): void {
    for (const { fn } of [...this.#channels.get(channel) ?? []]) quietly(() => fn(payload));
  }

  #run(connection: OwnedConnection, statement: string): PromiseLike<unknown> {
    return makeSql(this.#options.parts, (query) => connection.send(query)).unsafe(statement);
  }
}

function endedError(): RekeyError {
  return new RekeyError("CLOSED", "The client was ended: it listens to nothing any more.");
}
