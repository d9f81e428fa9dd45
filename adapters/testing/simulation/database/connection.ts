/** The client's end of a connection. */

import { LostMessageError, type Network } from "../network.ts";
import type { Timeline } from "../timeline.ts";
import {
  beginning,
  type Command,
  committing,
  executing,
  pinging,
  rollingBack,
  type Statement,
} from "./command.ts";
import { type SimulatedServerError, SimulatedSocketError } from "./errors.ts";
import type { Link } from "./link.ts";
import type { SimulatedServer } from "./server.ts";
import type { SessionPeer, SimulatedSession } from "./session.ts";

/**
 * How a statement ended, as far as a client can know: answered, or failed. Unless `unsent`, a
 * statement whose connection broke may have run: {@linkcode classify} says whether it is so.
 */
export type StatementOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown; readonly unsent: boolean };

/** What a connection needs of its surroundings. */
export interface ConnectionSetup {
  /** Decides about the fate of every message. */
  readonly network: Network;
  /** Carries its messages. */
  readonly link: Link;
  /** The server that its name led to. */
  readonly server: SimulatedServer;
  /** How many statements may be on their way at a time. */
  readonly maxPipelined: number;
  /** After how long the server ends the session of a client that it hears nothing from. */
  readonly deadPeerMs: number;
  /** Where lost messages are noted. */
  readonly timeline: Timeline | undefined;
  /** Called once, when it is over. */
  readonly forget: (connection: SimulatedConnection) => void;
}

interface Request {
  readonly command: Command;
  readonly settle: (outcome: StatementOutcome) => void;
}

/** A connection; {@linkcode SimulatedClients} opens it. */
export class SimulatedConnection implements SessionPeer {
  readonly #setup: ConnectionSetup;
  readonly #link: Link;
  /** Sent and not answered, in their order. */
  readonly #sent: Request[] = [];
  /** Not sent yet. */
  readonly #unsent: Request[] = [];
  #session: SimulatedSession | undefined;
  #over = false;
  /**
   * Called once when the connection is over: with the error that ended it, or with undefined when
   * the client closed it.
   */
  onEnd: ((error: unknown) => void) | undefined;

  /** On the way to the server; nobody is logged in yet. */
  constructor(setup: ConnectionSetup) {
    this.#setup = setup;
    this.#link = setup.link;
  }

  /** The server that it leads to. A client cannot know it; a checker may. */
  get server(): SimulatedServer {
    return this.#setup.server;
  }

  /** The server's end of it; undefined before the login. A client cannot know it; a checker may. */
  get session(): SimulatedSession | undefined {
    return this.#session;
  }

  /** Whether the client knows that it is over. */
  get over(): boolean {
    return this.#over;
  }

  /** Whether statements are on their way or wait for it. */
  get busy(): boolean {
    return this.#sent.length + this.#unsent.length > 0;
  }

  /** Runs a statement after all those before it. Never rejects. */
  execute(statement: Statement): Promise<StatementOutcome> {
    return this.request(executing(statement));
  }

  /** Begins a transaction: what follows takes effect on commit. */
  begin(): Promise<StatementOutcome> {
    return this.request(beginning);
  }

  /** Ends the transaction. The value is `commit`, or `rollback` when a statement of it had failed. */
  commit(): Promise<StatementOutcome> {
    return this.request(committing);
  }

  /** Ends the transaction without an effect. */
  rollback(): Promise<StatementOutcome> {
    return this.request(rollingBack);
  }

  /** Asks for a sign of life. Rejects with the error when there is none. */
  async ping(): Promise<void> {
    const outcome = await this.request(pinging);
    if (!outcome.ok) throw outcome.error;
  }

  /** Has the session do anything at all. */
  request(command: Command): Promise<StatementOutcome> {
    return new Promise((settle) => {
      if (this.#over) {
        const error = new SimulatedSocketError("CONNECTION_ENDED", this.server.name);
        return settle({ ok: false, error, unsent: true });
      }
      const request = { command, settle };
      if (this.#sent.length < this.#setup.maxPipelined) this.#send(request);
      else this.#unsent.push(request);
    });
  }

  /** Closes it, whatever is under way; the server ends the session when it has done what arrived. */
  close(): void {
    if (this.#over) return;
    const error = new SimulatedSocketError("CONNECTION_DESTROYED", this.server.name);
    this.hangUp();
    this.#settleAll(error);
    queueMicrotask(() => this.onEnd?.(undefined));
  }

  /** From now on nobody hears anything of the other side, as behind a firewall that forgot it. */
  goSilent(): void {
    if (this.#link.silent) return;
    this.#link.silent = true;
    this.#note("silent");
    this.peerDied();
    const { deadPeerMs, server } = this.#setup;
    this.#link.later(deadPeerMs, () => this.lost(new LostMessageError(server.name)));
  }

  /** The server has let the client in. */
  opened(session: SimulatedSession): void {
    this.#session = session;
  }

  /** The client lets go without hearing of it: its process ended, or it waits no longer. */
  hangUp(): void {
    if (this.#over) return;
    this.#leave();
    this.#link.toServer(() => this.#session?.finish());
  }

  /** The server hears nothing of the client any more, and notices after a while. */
  peerDied(): void {
    const { network: { clock }, deadPeerMs } = this.#setup;
    // Asked then: of a login that is on its way, the session may be yet to come.
    clock.setTimer(deadPeerMs, () => this.#session?.finish());
  }

  /** The server ended the session. */
  ended(error: SimulatedServerError | undefined): void {
    this.#link.toClient(() => this.lost(error));
  }

  /** The client hears that it is over. Only the first statement can be told the server's words. */
  lost(error: unknown): void {
    if (this.#over) return;
    this.#leave();
    const closed = new SimulatedSocketError("CONNECTION_CLOSED", this.server.name);
    this.#sent.shift()?.settle({ ok: false, error: error ?? closed, unsent: false });
    this.#settleAll(error instanceof LostMessageError ? error : closed);
    this.onEnd?.(error ?? closed);
  }

  #send(request: Request): void {
    this.#sent.push(request);
    if (this.#link.cut || this.#link.silent) return;
    const { fate } = this.#setup.network.draw(this.server.name);
    if (fate === "silent") return this.goSilent();
    if (fate !== "answered") this.#note(fate);
    if (fate === "lost-before") {
      this.peerDied();
      return this.#link.lose(() => this.lost(new LostMessageError(this.server.name)));
    }
    this.#link.toServer(() => {
      this.#session?.submit(request.command, (error, value) => {
        if (fate === "lost-after") {
          this.peerDied();
          this.#link.toClient(() => this.lost(new LostMessageError(this.server.name)));
        } else this.#link.toClient(() => this.#answered(error, value));
      });
    });
  }

  /** Answers come in the order of what was sent. */
  #answered(error: unknown, value: unknown): void {
    if (this.#over) return;
    const request = this.#sent.shift()!;
    const next = this.#unsent.shift();
    if (next !== undefined) this.#send(next);
    request.settle(error === undefined ? { ok: true, value } : { ok: false, error, unsent: false });
  }

  #note(fate: string): void {
    this.#setup.timeline?.note(this.server.name, `session ${this.#session?.pid}: ${fate}`);
  }

  #leave(): void {
    this.#over = true;
    this.#setup.forget(this);
  }

  #settleAll(error: unknown): void {
    for (const { settle } of this.#sent.splice(0)) settle({ ok: false, error, unsent: false });
    for (const { settle } of this.#unsent.splice(0)) settle({ ok: false, error, unsent: true });
  }
}
