/** A client, kept running in a process of its own: when it dies it is counted and started again. */

import type { Assignment, ClientMessage, Operation } from "./protocol.ts";
import { nowMs } from "./protocol.ts";
import { parameters } from "../parameters.ts";
import { TextLineStream } from "./lines.ts";
import { tailOf } from "./tail.ts";

/** How long a client may take to end when asked to: an operation may hang, and so may its close. */
const endsWithinMs = parameters.hungAfterMs + 5_000;

/** A client under measurement. */
export class ClientProcess implements AsyncDisposable {
  /** Every operation so far. */
  readonly operations: Operation[] = [];
  /** Why the process died, each time. */
  readonly crashes: string[] = [];
  /** Whether ending its connections took too long. */
  closeTimedOut = false;
  readonly #assignment: Assignment;
  readonly #ready = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #child: Deno.ChildProcess | undefined;
  #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>> | undefined;
  #overdue = false;
  #phase: "starting" | "working" | "stopping" | "over" = "starting";

  constructor(assignment: Assignment) {
    this.#assignment = assignment;
    // Whoever waits hears of a failure; nobody may wait, when another part failed first.
    this.#ready.promise.catch(() => {});
  }

  get name(): string {
    return this.#assignment.name;
  }

  /**
   * Starts the process and waits until the client is connected.
   *
   * @throws {Error} with what it printed, when it ends instead
   */
  async start(): Promise<void> {
    void this.#run();
    await this.#ready.promise;
  }

  /** Begins the load. */
  go(): void {
    this.#phase = "working";
    this.#tell("go");
  }

  /** Ends the load; resolves when the last operation is over and the process has ended. */
  async stop(): Promise<void> {
    this.#phase = "stopping";
    this.#tell("stop");
    const timer = setTimeout(() => {
      this.#overdue = true;
      this.#kill();
    }, endsWithinMs);
    await this.#ended.promise;
    clearTimeout(timer);
  }

  /** Ends the process at once, if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#phase = "over";
    this.#kill();
    if (this.#child !== undefined) await this.#ended.promise;
  }

  async #run(): Promise<void> {
    let reportedEnd = false;
    do {
      const life = await this.#live();
      reportedEnd = life.reportedEnd;
      if (this.#phase === "starting") {
        this.#ready.reject(new Error(`The client ${this.name} did not start:\n${life.printed}`));
        break;
      }
      if (!reportedEnd && this.#phase !== "over") this.#countCrash(life);
    } while (!reportedEnd && this.#phase === "working");
    this.#phase = "over";
    this.#ended.resolve();
  }

  /** One process from its start to its end. */
  async #live(): Promise<Life> {
    const child = this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", new URL("main.ts", import.meta.url).href],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = child.stdin.getWriter();
    this.#tell(JSON.stringify(this.#assignment));
    const printed = tailOf(child.stderr);
    const life: Life = { reportedEnd: false, printed: "", lastWords: undefined };
    const lines = child.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream());
    for await (const line of lines) this.#hear(JSON.parse(line), life);
    await child.status;
    await this.#input.close().catch(() => {});
    life.printed = await printed;
    return life;
  }

  #hear(message: ClientMessage, life: Life): void {
    switch (message.type) {
      case "ready":
        if (this.#phase === "starting") this.#ready.resolve();
        // After a crash the load goes on at once.
        else this.#tell("go");
        if (this.#phase === "stopping") this.#tell("stop");
        break;
      case "operations":
        for (const operation of message.operations) this.operations.push(operation);
        break;
      case "dying":
        life.lastWords ??= message;
        break;
      case "ended":
        life.reportedEnd = true;
        this.closeTimedOut = message.closeTimedOut;
    }
  }

  /**
   * Nobody will ever learn how the operations in flight ended: for their callers they failed. In a
   * process that had to be ended, because it did not even hear that it should, they hung.
   */
  #countCrash({ lastWords, printed }: Life): void {
    const endMs = nowMs();
    const ending = this.#overdue
      ? { outcome: "hung", endMs } as const
      : { outcome: "failed", endMs, code: "CRASH" } as const;
    if (!this.#overdue) this.crashes.push(lastWords?.error ?? printed.trim().split("\n")[0] ?? "");
    const unknown = Array.from(
      { length: parameters.workers },
      () => ({ kind: "read", startMs: endMs } as const),
    );
    for (const started of lastWords?.inFlight ?? unknown) {
      this.operations.push({ ...started, ...ending });
    }
  }

  #tell(line: string): void {
    // A process that has just died does not listen; that it died is seen elsewhere.
    this.#input?.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
  }

  #kill(): void {
    try {
      this.#child?.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
  }
}

interface Life {
  reportedEnd: boolean;
  printed: string;
  lastWords: Extract<ClientMessage, { type: "dying" }> | undefined;
}
