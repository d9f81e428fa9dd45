/** The server's end of a connection. */

import type { Timer } from "../../../../core/clock.ts";
import type { Command } from "./command.ts";
import { SimulatedServerError } from "./errors.ts";
import type { SimulatedServer } from "./server.ts";

/** Who hears that a session is over: at once, the network is the listener's business. */
export interface SessionPeer {
  /** The session is over; `error` is the server's last word, if there was one. */
  ended(error: SimulatedServerError | undefined): void;
}

/** How a command ended; `error` is undefined when it succeeded. */
export type Reply = (error: unknown, value: unknown) => void;

interface Job {
  readonly command: Command;
  readonly reply: Reply;
}

/** A logged-in session. It does what arrives one after the other. */
export class SimulatedSession {
  readonly #server: SimulatedServer;
  readonly #peer: SessionPeer;
  /** The first one is under way. */
  readonly #jobs: Job[] = [];
  /** Ends the job under way. */
  #timer: Timer | undefined;
  /** What takes effect on commit. */
  #transaction: string[] | undefined;
  #failed = false;
  #finishing = false;
  #open = true;
  /** Its number on this server. */
  readonly pid: number;
  /** Who logged in. The password of then is not known to it. */
  readonly username: string;

  /** Made by a login. */
  constructor(server: SimulatedServer, pid: number, username: string, peer: SessionPeer) {
    this.#server = server;
    this.pid = pid;
    this.username = username;
    this.#peer = peer;
  }

  /** Which server it is on. */
  get server(): SimulatedServer {
    return this.#server;
  }

  /** Whether it still exists. */
  get open(): boolean {
    return this.#open;
  }

  /** Whether it does something at the moment. */
  get busy(): boolean {
    return this.#jobs.length > 0;
  }

  /** Takes a command in; it is done when all before it are. Heard by nobody when the session is over. */
  submit(command: Command, reply: Reply): void {
    if (!this.#open || this.#finishing) return;
    if (this.#jobs.push({ command, reply }) === 1) this.#start();
  }

  /** The client is gone: what has arrived is done, then the session ends. */
  finish(): void {
    this.#finishing = true;
    if (!this.busy) this.end(undefined);
  }

  /** Ends it now: what is under way has no effect. */
  end(error: SimulatedServerError | undefined): void {
    if (!this.#open) return;
    this.#open = false;
    this.#timer?.cancel();
    this.#jobs.length = 0;
    this.#server.sessionEnded(this, error);
    this.#peer.ended(error);
  }

  /** Fails the command under way. Returns whether there was one. */
  cancel(error: SimulatedServerError): boolean {
    if (!this.busy) return false;
    this.#timer?.cancel();
    this.#settle(error, undefined);
    this.#start();
    return true;
  }

  /** Counts a statement, now or on commit. */
  executed(id: string): void {
    if (this.#transaction === undefined) this.#server.executed(this, id);
    else this.#transaction.push(id);
  }

  /** Begins a transaction; within one, nothing changes. */
  begin(): void {
    this.#transaction ??= [];
  }

  /** Ends the transaction. Returns what became of it. */
  commit(): "commit" | "rollback" {
    if (this.#failed) return this.rollback();
    const ids = this.#transaction ?? [];
    this.#transaction = undefined;
    for (const id of ids) this.#server.executed(this, id);
    return "commit";
  }

  /** Ends the transaction as if it had not been. */
  rollback(): "rollback" {
    this.#transaction = undefined;
    this.#failed = false;
    return "rollback";
  }

  /** Starts what is first, and does all that takes no time. */
  #start(): void {
    for (;;) {
      const job = this.#jobs[0];
      if (job === undefined) break;
      const refusal = this.#refusal(job.command);
      if (refusal === undefined && job.command.durationMs > 0) {
        this.#timer = this.#server.clock.setTimer(job.command.durationMs, () => {
          this.#run(job.command);
          this.#start();
        });
        return;
      }
      if (refusal === undefined) this.#run(job.command);
      else this.#settle(refusal, undefined);
    }
    if (this.#finishing) this.end(undefined);
  }

  #refusal({ writes, endsTransaction }: Command): SimulatedServerError | undefined {
    if (this.#failed && !endsTransaction) return new SimulatedServerError("25P02", "ERROR");
    if (writes && this.#server.standby) return new SimulatedServerError("25006", "ERROR");
    return undefined;
  }

  #run(command: Command): void {
    let value: unknown;
    let error: unknown;
    try {
      value = command.run(this);
    } catch (thrown) {
      error = thrown;
    }
    this.#settle(error, value);
  }

  #settle(error: unknown, value: unknown): void {
    if (error !== undefined) {
      this.#failed = this.#transaction !== undefined;
      this.#server.failed(this, error);
    }
    // Whatever the command set off may have ended the session: then nobody is answered.
    this.#jobs.shift()?.reply(error, value);
  }
}
