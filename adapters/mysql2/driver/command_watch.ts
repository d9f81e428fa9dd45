/** One command of the driver: when it is over, and whether the driver still knows whose answer it reads. */

import { isLocal } from "../classify.ts";
import type { Command } from "./port.ts";

/** What becomes of a command. */
export interface CommandListener {
  /** It was answered to its end. */
  over(): void;
  /**
   * The driver has given it up, and would take what still arrives of its answer for the answer to
   * the next one.
   */
  astray(): void;
}

/** Watches a command from before the driver has it. */
export class CommandWatch {
  readonly #listener: CommandListener;
  #reading = false;
  #failed = false;
  #over = false;

  constructor(listener: CommandListener) {
    this.#listener = listener;
  }

  /** The driver has it. */
  begun(command: Command): void {
    // What could not be sent may have failed, and ended, before anybody could listen.
    if (this.#failed && !command.next) return this.#end();
    command.on("fields", (fields) => this.#reading = fields !== undefined);
    command.once("end", () => this.#end());
  }

  /** An error of it was told. */
  failed(error: unknown): void {
    this.#failed = true;
    if (!isLocal(error)) return;
    // The app's `typeCast` has thrown: the driver ends the command, and not its answer.
    if (this.#reading) this.#listener.astray();
    // A value could not be sent: some releases wait for the answer nevertheless.
    else queueMicrotask(() => this.#over || this.#listener.astray());
  }

  #end(): void {
    this.#over = true;
    this.#listener.over();
  }
}
