/** One drizzle-kit, and what comes out of it. */

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { StringDecoder } from "node:string_decoder";
import type { Readable, Writable } from "node:stream";
import {
  type AgentCredential,
  fromRunner,
  type KitFailure,
  type KitMessage,
  Lines,
  runnerVariable,
  toRunner,
} from "../protocol.ts";
import type { Command } from "../runtime.ts";
import type { TerminalSize } from "../terminal.ts";
import { Scrubber } from "./scrubber.ts";

/** How it ended. */
export interface KitExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What was rejected last, as seen from inside. */
  readonly failure: KitFailure | undefined;
  /** The end of what it printed, scrubbed. */
  readonly output: string;
}

/** Where the output goes. */
export interface Output {
  readonly stdout: Writable;
  readonly stderr: Writable;
}

/** So much of the output is kept to see what went wrong. */
const keptLength = 20_000;

/** A running drizzle-kit. */
export class KitProcess {
  /** Resolves when it has ended and all that it printed was passed on. */
  readonly exit: Promise<KitExit>;
  readonly #child: ChildProcess;
  readonly #scrubbers: Scrubber[] = [];
  #failure: KitFailure | undefined;
  #kept = "";

  constructor(
    [program, ...args]: Command,
    { stdout, stderr }: Output,
    onRequest: (module: string) => void,
  ) {
    const child = this.#child = spawn(program, args, {
      stdio: ["inherit", "pipe", "pipe", "pipe", "pipe"],
      env: { ...process.env, ...terminalOf(stdout) },
    });
    this.#pass(child.stdout!, stdout);
    this.#pass(child.stderr!, stderr);
    const lines = new Lines();
    (child.stdio[toRunner] as Readable).setEncoding("utf8").on("data", (text: string) => {
      for (const line of lines.push(text)) {
        const message = JSON.parse(line) as KitMessage;
        if (message.type === "request") onRequest(message.module);
        else this.#failure = message.failure;
      }
    });
    // It may end before it has read the answer.
    (child.stdio[fromRunner] as Writable).on("error", () => {});
    this.exit = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => {
        resolve({ code, signal, failure: this.#failure, output: this.#kept });
      });
    });
  }

  /** Answers a request; the password is not printed from now on. */
  answer(credential: AgentCredential): void {
    for (const scrubber of this.#scrubbers) scrubber.add(credential.password);
    (this.#child.stdio[fromRunner] as Writable).write(`${JSON.stringify(credential)}\n`);
  }

  /** Sends a signal. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #pass(from: Readable, to: Writable): void {
    const decoder = new StringDecoder("utf8");
    const scrubber = new Scrubber();
    this.#scrubbers.push(scrubber);
    const show = (text: string) => {
      if (text === "") return;
      this.#kept = (this.#kept + text).slice(-keptLength);
      to.write(text);
    };
    from.on("data", (bytes: Uint8Array) => show(scrubber.write(decoder.write(bytes as never))));
    from.on("end", () => show(scrubber.write(decoder.end()) + scrubber.end()));
  }
}

/** Tells drizzle-kit of the runner and its terminal. It would ask no question into a pipe. */
function terminalOf(stdout: Writable): Record<string, string> {
  const { isTTY, columns = 80, rows = 24 } = stdout as Partial<NodeJS.WriteStream>;
  if (!isTTY) return { [runnerVariable]: "null" };
  const size: TerminalSize = { columns, rows };
  return { [runnerVariable]: JSON.stringify(size), FORCE_COLOR: "1" };
}
