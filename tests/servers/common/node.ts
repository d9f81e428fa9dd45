/** One running server of whatever kind, a primary or a replica: its process, its port, its log. */
import { pollUntil } from "./poll.ts";
import { freePort } from "./port.ts";
import { type ServerProcess, type ServerProgram, startProcess } from "./process.ts";
import { logFile } from "./run_folder.ts";

/** How many ports are tried when others take them first. */
const PORT_ATTEMPTS = 5;
/** How long a restart waits for the port that others took meanwhile, as whoever asks for a free port does. */
const PORT_FREE_WITHIN_MS = 10_000;
const LOG_LINES_SHOWN = 20;
/** How long a server may take from its start to accepting connections. */
const READY_WITHIN_MS = 60_000;

export abstract class ServerNode implements AsyncDisposable {
  readonly host = "127.0.0.1";
  readonly #program: ServerProgram;
  #port = 0;
  #process: ServerProcess | undefined;
  #closed: Promise<void> | undefined;
  #lastLog: string[] = [];

  constructor(program: ServerProgram) {
    this.#program = program;
  }

  /** Starts the server for the first time, on `firstPort` or another one when it is taken. */
  async start(firstPort: number = freePort()): Promise<void> {
    // A server cannot be given port 0, so another process may take the port that was found free.
    for (let attempt = 1, port = firstPort;; attempt++, port = freePort()) {
      if (await this.#startsOn(port, attempt === PORT_ATTEMPTS)) return;
    }
  }

  get port(): number {
    return this.#port;
  }

  /** The process number of the server, undefined while it is killed. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** All lines that the server has logged so far; after close, all that it ever logged. */
  async log(): Promise<string[]> {
    if (this.#closed === undefined) return await logLines(this.#program.folder);
    await this.#closed;
    return this.#lastLog;
  }

  /** Ends the server at once, as a crash would. Its data and port are kept for a restart. */
  async kill(): Promise<void> {
    await this.#process?.stop();
    this.#process = undefined;
  }

  /** Starts the server again on the same data and port, after killing it if it runs. */
  async restart(): Promise<void> {
    if (this.#closed !== undefined) throw new Error("A closed server cannot be restarted.");
    await this.kill();
    const deadline = performance.now() + PORT_FREE_WITHIN_MS;
    while (!(await this.#startsOn(this.#port, performance.now() > deadline)));
  }

  /** Ends the server and removes its data. Does nothing when called again. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Ends the administrator's connection, if there is one. */
  protected abstract endAdmin(): Promise<void>;

  async #close(): Promise<void> {
    await this.endAdmin();
    await this.kill();
    this.#lastLog = await logLines(this.#program.folder);
    await Deno.remove(this.#program.folder, { recursive: true });
  }

  /** Starts the server. Returns whether the port was free, and throws instead at the last attempt. */
  async #startsOn(port: number, isLast: boolean): Promise<boolean> {
    const before = (await this.log()).length;
    try {
      await this.#startOn(port);
      return true;
    } catch (error) {
      const lines = (await this.log()).slice(before);
      const isTaken = lines.some((line) => line.includes(this.#program.portTaken));
      if (!isTaken || isLast) throw error;
      return false;
    }
  }

  async #startOn(port: number): Promise<void> {
    const { name, origin, folder, chatter } = this.#program;
    this.#port = port;
    const before = (await this.log()).length;
    const process = this.#process = startProcess(this.#program, port);
    try {
      await this.#waitUntilReady(process, before);
    } catch (error) {
      await this.kill();
      const lines = (await this.log()).filter((line) => !chatter?.test(line))
        .slice(-LOG_LINES_SHOWN);
      throw new Error(
        `Cannot start ${name} from ${origin} on 127.0.0.1:${port} in ` +
          `${folder}: ${(error as Error).message}. The last lines of its log:\n` +
          (lines.join("\n") || "(none)"),
      );
    }
  }

  /** Waits until the server accepts connections; throws when it ends instead or takes too long. */
  async #waitUntilReady(process: ServerProcess, linesBefore: number): Promise<void> {
    let status: Deno.CommandStatus | undefined;
    void process.ended.then((ended) => status = ended);
    await pollUntil(READY_WITHIN_MS, async () => {
      if (status !== undefined) throw new Error(`the server ended with code ${status.code}`);
      const log = (await this.log()).slice(linesBefore);
      return await this.#program.isReady({ pid: process.pid, log });
    }, () => `the server was not ready within ${READY_WITHIN_MS} ms`);
  }
}

async function logLines(folder: string): Promise<string[]> {
  const text = await Deno.readTextFile(logFile(folder)).catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}
