/** The runner: drizzle-kit with a credential that the server accepts. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Writable } from "node:stream";
import { RekeyError } from "../../../core/errors.ts";
import type { AgentCredential } from "../protocol.ts";
import { type Command, fileCommand, findInstalled } from "../runtime.ts";
import { AgentProcess } from "./agent_process.ts";
import { parseArguments, type RunnerArguments } from "./arguments.ts";
import { type KitExit, KitProcess } from "./kit_process.ts";
import { isLoginFailure } from "./login_failure.ts";
import { Scrubber } from "./scrubber.ts";

/** What the runner is run with. */
export interface RunnerOptions {
  /** What follows the program's name. */
  readonly args: readonly string[];
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Calls the function at each signal that this process gets, until the returned one is called. */
  readonly onSignal: (forward: (signal: NodeJS.Signals) => void) => () => void;
}

/** What one drizzle-kit was run for. */
interface Attempt {
  readonly exit: KitExit;
  /** What it got; undefined when it did not ask. */
  readonly credential: AgentCredential | undefined;
  /** Why it got nothing. */
  readonly refusal: string | undefined;
  /** It was ended because another version became current. */
  readonly isOutdated: boolean;
}

/**
 * Runs drizzle-kit and returns the code to exit with: drizzle-kit's own, or 128 and the number of the
 * signal that ended it.
 *
 * When its login fails it is run once more, with the next candidate of the ladder: nothing was
 * executed by then. Studio is started again when another version becomes current, because what it was
 * started with ends to be valid one rotation later.
 */
export async function runDrizzleKit(options: RunnerOptions): Promise<number> {
  const parsed = parseArguments(options.args);
  const command: Command = [...drizzleKit(), ...parsed.args];
  const refused: AgentCredential[] = [];
  let isSignalled = false;
  while (true) {
    const attempt = new AttemptRun(command, parsed, refused.map((one) => one.versionId), options);
    const unlisten = options.onSignal((signal) => {
      isSignalled = true;
      attempt.kit.kill(signal);
    });
    const { exit, credential, refusal, isOutdated } = await attempt.ended;
    unlisten();
    const say = (text: string) => {
      // drizzle-kit leaves its spinner in the middle of a line.
      const isMidLine = exit.output !== "" && !exit.output.endsWith("\n");
      options.stderr.write(`${isMidLine ? "\n" : ""}rekey: ${text}\n`);
    };
    if (isSignalled) return exitCode(exit);
    if (isOutdated) {
      say("another version of the secret is current: drizzle-kit is started again with it.");
      refused.length = 0;
      continue;
    }
    if (refusal !== undefined) {
      say(`${parsed.command} did not run: ${refusal}${whatWasRefused(refused)}`);
      return 1;
    }
    const isRefused = exit.code !== 0 && credential !== undefined &&
      isLoginFailure(exit.failure, exit.output);
    if (!isRefused) {
      const hasMoved = exit.code === 0 && credential !== undefined && refused.length > 0;
      if (hasMoved) say(`logged in with ${described(credential)}.${whatWasRefused(refused)}`);
      if (exit.code !== 0) explain(parsed, exit, say);
      return exitCode(exit);
    }
    refused.push(credential);
    if (refused.length > 1) {
      say(`${parsed.command} failed: the server refuses the login.${whatWasRefused(refused)}`);
      return exitCode(exit);
    }
  }
}

/** One drizzle-kit and its agent, from start to end. */
class AttemptRun {
  readonly kit: KitProcess;
  readonly ended: Promise<Attempt>;
  #agent: AgentProcess | undefined;
  #credential: AgentCredential | undefined;
  #refusal: string | undefined;
  #isOutdated = false;

  constructor(
    command: Command,
    { isStudio }: RunnerArguments,
    refused: readonly string[],
    output: Pick<RunnerOptions, "stdout" | "stderr">,
  ) {
    this.kit = new KitProcess(command, output, (module) => {
      this.#ask({ module, refused, watch: isStudio }, output.stderr);
    });
    this.ended = this.kit.exit.then((exit) => ({
      exit,
      credential: this.#credential,
      refusal: this.#refusal,
      isOutdated: this.#isOutdated,
    })).finally(() => this.#agent?.stop());
  }

  /** A configuration that is read twice gets the same answer twice. */
  #ask(request: ConstructorParameters<typeof AgentProcess>[0], stderr: Writable): void {
    if (this.#credential !== undefined) return this.kit.answer(this.#credential);
    // What the module prints may hold the secret, which is not known before the answer.
    const scrubber = new Scrubber();
    let printed = "";
    const show = () => {
      stderr.write(scrubber.write(printed));
      printed = "";
    };
    try {
      this.#agent = new AgentProcess(request, {
        answered: (message) => {
          if (message.type === "credential") {
            this.#credential = message.credential;
            scrubber.add(message.credential.password);
            this.kit.answer(message.credential);
          } else {
            this.#refuse(message.message);
          }
          show();
        },
        changed: () => {
          this.#isOutdated = true;
          this.kit.kill("SIGTERM");
        },
        printed: (text) => {
          printed += text;
          if (this.#credential !== undefined) show();
        },
      });
    } catch (error) {
      this.#refuse((error as Error).message);
    }
  }

  /** It stands still, waiting for an answer, so it would hear no other signal. */
  #refuse(why: string): void {
    this.#refusal = why;
    this.kit.kill("SIGKILL");
  }
}

/** Says why, where drizzle-kit did not. */
function explain({ command }: RunnerArguments, exit: KitExit, say: (text: string) => void): void {
  const { code, signal, failure, output } = exit;
  if (failure !== undefined) {
    if (output.includes(failure.message)) return;
    const label = [failure.name, failure.code].filter(Boolean).join(" ");
    return say(`${command} failed: ${label}: ${failure.message}`);
  }
  if (signal !== null) return say(`${command} was ended by ${signal}.`);
  if (output.trim() === "") say(`${command} exited with code ${code} and gave no reason.`);
}

function described({ versionId, stage, username }: AgentCredential): string {
  return `version ${versionId} (${stage}, user ${username})`;
}

function whatWasRefused(refused: readonly AgentCredential[]): string {
  return refused.length === 0 ? "" : ` Refused: ${refused.map(described).join("; ")}.`;
}

function exitCode({ code, signal }: KitExit): number {
  return code ?? 128 + (signalNumbers[signal!] ?? 0);
}

const signalNumbers: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGTERM: 15,
};

/** The program that the package's own `bin` names. */
function drizzleKit(): Command {
  const manifest = findInstalled("drizzle-kit/package.json");
  if (manifest !== undefined) {
    const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin?: unknown };
    const name = typeof bin === "object" && bin !== null
      ? (bin as Record<string, unknown>)["drizzle-kit"]
      : bin;
    const file = join(dirname(manifest), typeof name === "string" ? name : "bin.cjs");
    if (existsSync(file)) return fileCommand(file);
  }
  throw new RekeyError(
    "INVALID_OPTION",
    "No drizzle-kit in a node_modules of this folder or one above. Install it: npm install -D " +
      'drizzle-kit, or deno add -D npm:drizzle-kit with "nodeModulesDir": "auto" in deno.json.',
  );
}
