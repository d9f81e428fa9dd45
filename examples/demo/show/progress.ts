/** Tells people that something is happening. */

import type { ClientProcess } from "../client/process.ts";
import type { Rotator } from "../world/rotator.ts";
import { parameters } from "../parameters.ts";
import { whole } from "./numbers.ts";

const terminalEveryMs = 250;
const otherwiseEveryMs = 5_000;

/** A line that is rewritten on a terminal, and repeated now and then elsewhere. */
export class Progress implements Disposable {
  readonly #terminal = Deno.stderr.isTerminal();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Shows what the scenario does at the moment. */
  say(text: string): void {
    if (this.#terminal) {
      const { columns } = Deno.consoleSize();
      write(`\r\x1b[2K${text.slice(0, columns - 1)}`);
    } else write(`${text}\n`);
  }

  /** Shows how the load goes on, until the next call of `done`. */
  follow(
    scenario: string,
    clients: readonly ClientProcess[],
    rotators: readonly Rotator[],
  ): void {
    const startedMs = performance.now();
    const show = () => {
      const seconds = Math.round((performance.now() - startedMs) / 1000);
      const rotations = Math.min(...rotators.map(({ rotations }) => rotations.length));
      const head = `${scenario}  ${seconds} s  rotations ${rotations}/${parameters.rotations}`;
      this.say([head, ...clients.map(describe)].join("  |  "));
    };
    this.#timer = setInterval(show, this.#terminal ? terminalEveryMs : otherwiseEveryMs);
    if (this.#terminal) show();
  }

  /** Ends the line. */
  done(): void {
    clearInterval(this.#timer);
    if (this.#terminal) write("\r\x1b[2K");
  }

  [Symbol.dispose](): void {
    this.done();
  }
}

function describe({ name, operations, crashes }: ClientProcess): string {
  const wrong = (outcome: string) => operations.filter((each) => each.outcome === outcome).length;
  const [failed, hung] = [wrong("failed"), wrong("hung")];
  return `${name} ${whole(operations.length)} ops, ${whole(failed)} failed, ${hung} hung, ` +
    `${crashes.length} crashes`;
}

function write(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
