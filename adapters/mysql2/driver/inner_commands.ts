/** What the app sends on the connection inside its own: with callbacks, or to read rows as a stream. */

import type { Failure } from "../../../core/failure.ts";
import { classify } from "../classify.ts";
import { lostError, withoutValues } from "../errors.ts";
import { textOf } from "../statement.ts";
import { type CommandListener, CommandWatch } from "./command_watch.ts";
import type { Answer, Command, CoreConnection, RowStream } from "./port.ts";

/** What becomes of the commands that are not ours. */
export interface InnerListener extends CommandListener {
  /** One is about to be sent. */
  sent(): void;
  /** One was answered with an error, which the app is told in a moment. */
  failed(failure: Failure): void;
}

/** The commands of one connection that are not ours. */
export class InnerCommands {
  readonly #open = new Map<Command, RowStream | undefined>();
  readonly #valuesInErrors: boolean;
  readonly #listener: InnerListener;
  #loss: Error | undefined;

  /** `listener` is told of each of them. */
  constructor(core: CoreConnection, valuesInErrors: boolean, listener: InnerListener) {
    this.#valuesInErrors = valuesInErrors;
    this.#listener = listener;
    for (const method of ["query", "execute"] as const) {
      const run = core[method];
      core[method] = (...args) => this.#run((told) => run.apply(core, told), args, textOf(args[0]));
    }
    const prepare = core.prepare;
    core.prepare = (options, callback) =>
      prepare.call(core, options, (error, statement) => {
        // The driver has one for each text.
        if (statement !== undefined && !Object.hasOwn(statement, "execute")) {
          const { query, execute } = statement;
          statement.execute = (...args) =>
            this.#run((told) => execute.apply(statement, told), args, query);
        }
        callback(error, statement);
      });
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
    this.#loss = error;
    for (const [command, rows] of this.#open) {
      if (!isListening(command)) continue;
      // An error that nobody awaits would end the process.
      if (abandoned && rows?.listenerCount("error") === 0) rows.destroy();
      else command.emit("error", error);
    }
    this.#open.clear();
  }

  #run<C extends Command | undefined>(
    send: (args: unknown[]) => C,
    args: readonly unknown[],
    text: string,
  ): C {
    const before = this.#loss;
    this.#listener.sent();
    const watch = new CommandWatch({
      over: () => {
        this.#open.delete(command!);
        this.#listener.over();
      },
      astray: () => {
        // It has an error of its own.
        this.#open.delete(command!);
        this.#listener.astray();
      },
    });
    const tell = (callback: CallableFunction) => this.#once(callback, text, watch);
    const command: C = send(args.map((arg) => typeof arg === "function" ? tell(arg) : arg));
    if (command === undefined) return command;
    if (this.#loss === undefined) this.#open.set(command, undefined);
    // Its stream is made before this turn is over; from the driver it would hear nothing.
    else {
      const error = before === undefined ? this.#loss : lostError();
      queueMicrotask(() => isListening(command) && command.emit("error", error));
    }
    this.#tell(command, text, watch);
    watch.begun(command);
    return command;
  }

  #tell(command: Command, text: string, watch: CommandWatch): void {
    const { onResult, stream, emit } = command;
    if (onResult !== undefined) {
      command.onResult = this.#once(onResult, text, watch);
      return;
    }
    command.emit = (event, ...args) => {
      if (event === "error") {
        this.#heed(args[0], text);
        watch.failed(args[0]);
      }
      return emit.call(command, event, ...args);
    };
    command.stream = (options) => {
      const rows = stream!.call(command, options);
      if (this.#open.has(command)) this.#open.set(command, rows);
      return rows;
    };
  }

  /** Of a lost connection the driver tells a prepared statement twice: once for each of its steps. */
  #once(callback: CallableFunction, text: string, watch: CommandWatch): Answer {
    let told = false;
    return (error, ...answer) => {
      const again = told;
      told = true;
      // Also of one that was told of its time-out.
      if (error) watch.failed(error);
      if (again) return;
      this.#heed(error, text);
      callback(error, ...answer);
    };
  }

  #heed(error: unknown, text: string): void {
    if (!(error instanceof Error)) return;
    if (!this.#valuesInErrors) withoutValues(error, text);
    const failure = classify(error);
    // A server may say itself that the session ends, before its connection does.
    if (failure.kind === "connection" && !Object.hasOwn(error, "possiblyExecuted")) {
      Object.assign(error, { possiblyExecuted: failure.executed !== "no" });
    }
    this.#listener.failed(failure);
  }
}

/** Whether it is a stream that its reader has not destroyed: those with callbacks the driver tells. */
function isListening(command: Command): boolean {
  return command.onResult === undefined && command.listenerCount("error") > 0;
}
