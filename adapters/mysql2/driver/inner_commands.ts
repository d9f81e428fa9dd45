/** What the app sends on the connection inside its own: with callbacks, or to read rows as a stream. */

import { lostError, withoutValues } from "../errors.ts";
import { textOf } from "../statement.ts";
import type { Answer, Command, CoreConnection, RowStream } from "./port.ts";

/** The commands of one connection that are not ours. */
export class InnerCommands {
  readonly #open = new Map<Command, RowStream | undefined>();
  readonly #valuesInErrors: boolean;
  readonly #ended: () => void;
  #isLost = false;

  /** `ended` is called when one of them is answered. */
  constructor(core: CoreConnection, valuesInErrors: boolean, ended: () => void) {
    this.#valuesInErrors = valuesInErrors;
    this.#ended = ended;
    for (const method of ["query", "execute"] as const) {
      const run = core[method];
      core[method] = (...args) => {
        const text = textOf(args[0]);
        const told = args.map((arg) => typeof arg === "function" ? this.#once(arg, text) : arg);
        return this.#watch(run.apply(core, told), text);
      };
    }
  }

  /** Whether any is on its way. */
  get any(): boolean {
    return this.#open.size > 0;
  }

  /** Whether a stream is open: the connection is in the middle of an answer, and perhaps paused. */
  get streaming(): boolean {
    return [...this.#open.keys()].some(({ onResult }) => onResult === undefined);
  }

  /**
   * The connection is gone. Those with callbacks are told by the driver; streams hear nothing from
   * it, whoever closed.
   *
   * @param abandoned whether whoever had the connection gave it back in the middle of them
   */
  lost(error: Error, abandoned: boolean): void {
    this.#isLost = true;
    for (const [command, rows] of this.#open) {
      if (!isListening(command)) continue;
      // An error that nobody awaits would end the process.
      if (abandoned && rows?.listenerCount("error") === 0) rows.destroy();
      else command.emit("error", error);
    }
    this.#open.clear();
  }

  #watch(command: Command, text: string): Command {
    if (!this.#isLost) this.#open.set(command, undefined);
    // Its stream is made before this turn is over; from the driver it would hear nothing.
    else queueMicrotask(() => isListening(command) && command.emit("error", lostError()));
    command.once("end", () => {
      this.#open.delete(command);
      this.#ended();
    });
    const { onResult, stream, emit } = command;
    if (onResult !== undefined) {
      command.onResult = this.#once(onResult, text);
      return command;
    }
    command.emit = (event, ...args) => {
      if (event === "error") this.#tidy(args[0], text);
      return emit.call(command, event, ...args);
    };
    command.stream = (options) => {
      const rows = stream!.call(command, options);
      if (this.#open.has(command)) this.#open.set(command, rows);
      return rows;
    };
    return command;
  }

  /** Of a lost connection the driver tells a prepared statement twice: once for each of its steps. */
  #once(callback: CallableFunction, text: string): Answer {
    let told = false;
    return (error, ...answer) => {
      if (told) return;
      told = true;
      this.#tidy(error, text);
      callback(error, ...answer);
    };
  }

  #tidy(error: unknown, text: string): void {
    if (!this.#valuesInErrors) withoutValues(error, text);
  }
}

/** Whether it is a stream that its reader has not destroyed: those with callbacks the driver tells. */
function isListening(command: Command): boolean {
  return command.onResult === undefined && command.listenerCount("error") > 0;
}
