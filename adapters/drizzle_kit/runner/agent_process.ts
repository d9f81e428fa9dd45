/** The agent, as the runner uses it. */

import { type ChildProcess, spawn } from "node:child_process";
import { type AgentMessage, type CredentialRequest, decodeMessage, Lines } from "../protocol.ts";
import { agentCommand } from "../runtime.ts";

/** What the agent finds out. */
export interface AgentListener {
  /** The answer; once. */
  answered(message: Exclude<AgentMessage, { type: "changed" }>): void;
  /** Another version is current than the one that was answered. */
  changed(): void;
  /** What the user's module prints. */
  printed(text: string): void;
}

/** An agent that was asked one thing. */
export class AgentProcess {
  readonly #child: ChildProcess;
  #listener: AgentListener | undefined;

  /** @throws {RekeyError} `INVALID_OPTION` when this runtime cannot load the module */
  constructor(request: CredentialRequest, listener: AgentListener) {
    this.#listener = listener;
    const [program, ...args] = agentCommand(request.module);
    const child = this.#child = spawn(program, args, { windowsHide: true });
    const lines = new Lines();
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      for (const line of lines.push(text)) this.#heard(line);
    });
    child.stderr!.setEncoding("utf8").on("data", (text: string) => this.#listener?.printed(text));
    // It may have ended before it was asked.
    child.stdin!.on("error", () => {});
    child.stdin!.write(`${JSON.stringify(request)}\n`);
    if (!request.watch) child.stdin!.end();
    const ended = (why: string) =>
      this.#answered({ type: "failed", code: "SOURCE_FAILED", message: why });
    child.on("error", ({ message }) => ended(message));
    child.on("close", () => ended("the program that imports the module ended without an answer"));
  }

  /** Ends it, and hears nothing from it any more. */
  stop(): void {
    this.#listener = undefined;
    this.#child.kill("SIGKILL");
  }

  #isAnswered = false;

  #answered(message: Parameters<AgentListener["answered"]>[0]): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#listener?.answered(message);
  }

  #heard(line: string): void {
    const message = decodeMessage(line);
    if (message === undefined) return this.#listener?.printed(`${line}\n`);
    if (message.type === "changed") return this.#listener?.changed();
    this.#answered(message);
  }
}
