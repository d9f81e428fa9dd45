/** Gets a credential while the caller stands still: drizzle-kit 0.31 takes no promise. */

import { spawnSync } from "node:child_process";
import { readSync, writeSync } from "node:fs";
import process from "node:process";
import { RekeyError } from "../../core/errors.ts";
import {
  type AgentCredential,
  type CredentialRequest,
  decodeMessage,
  fromRunner,
  type KitMessage,
  Lines,
  runnerVariable,
  toRunner,
} from "./protocol.ts";
import { agentCommand } from "./runtime.ts";

/** Whether this process is a drizzle-kit that our runner has started. */
export function hasRunner(): boolean {
  return process.env[runnerVariable] !== undefined;
}

/**
 * Asks the runner, which keeps the agent, or has an agent of its own.
 *
 * @throws {RekeyError} `SOURCE_FAILED` when the agent says nothing; else what the agent met
 */
export function askForCredential(module: string, timeoutMs: number): AgentCredential {
  return hasRunner() ? askRunner(module) : askAgent(module, timeoutMs);
}

/** Tells the runner something. */
export function tellRunner(message: KitMessage): void {
  writeSync(toRunner, `${JSON.stringify(message)}\n`);
}

function askRunner(module: string): AgentCredential {
  tellRunner({ type: "request", module });
  const lines = new Lines();
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(65_536);
  while (true) {
    // The runner waits for as long as it takes, and ends this process when it finds nothing.
    const length = readSync(fromRunner, bytes, 0, bytes.length, null);
    if (length === 0) throw new RekeyError("CLOSED", "The runner of drizzle-kit has ended.");
    const [line] = lines.push(decoder.decode(bytes.subarray(0, length), { stream: true }));
    if (line !== undefined) return JSON.parse(line);
  }
}

function askAgent(module: string, timeoutMs: number): AgentCredential {
  const [program, ...args] = agentCommand(module);
  const request: CredentialRequest = { module, refused: [], watch: false };
  const { stdout, error } = spawnSync(program, args, {
    input: `${JSON.stringify(request)}\n`,
    stdio: ["pipe", "pipe", "inherit"],
    encoding: "utf8",
    timeout: timeoutMs,
    windowsHide: true,
  });
  for (const line of stdout?.split("\n") ?? []) {
    const message = decodeMessage(line);
    if (message?.type === "credential") return message.credential;
    if (message?.type === "failed") {
      throw new RekeyError("SOURCE_FAILED", `No credential from ${module}: ${message.message}`);
    }
  }
  const late = (error as { code?: unknown } | undefined)?.code === "ETIMEDOUT";
  throw new RekeyError(
    "SOURCE_FAILED",
    late
      ? `No credential from ${module} within ${timeoutMs} ms (timeoutMs).`
      : `No credential from ${module}: the program that imports it ended without an answer.`,
  );
}
