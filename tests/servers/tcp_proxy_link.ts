/** One connection through the TCP proxy. */
import { Socket } from "node:net";

/** How much of one direction is held back before its sender is made to wait. */
const HELD_BYTES_LIMIT = 2 * 1024 * 1024;

/** What the proxy does to all its connections now. */
export interface NetworkState {
  /** Whether anything passes at all. */
  whole: boolean;
  /** Whether a connection passes nothing any more once the server has said something. */
  stalling: boolean;
  /** How much later than it was read everything passes. */
  latencyMs: number;
}

/** A client's connection to the proxy, and the proxy's to the server. */
export class ProxyLink {
  readonly #client: Socket;
  readonly #server = new Socket({ allowHalfOpen: true });
  readonly #target: { readonly host: string; readonly port: number };
  readonly #network: NetworkState;
  readonly #directions: readonly [Direction, Direction];
  readonly #onClosed: () => void;
  #answered = false;

  constructor(
    client: Socket,
    target: { readonly host: string; readonly port: number },
    network: NetworkState,
    onClosed: () => void,
  ) {
    this.#client = client;
    this.#target = target;
    this.#network = network;
    this.#onClosed = onClosed;
    const link = {
      isOpen: () => network.whole && !(network.stalling && this.#answered),
      dueMs: () => performance.now() + network.latencyMs,
    };
    this.#directions = [
      new Direction(client, this.#server, { ...link, passed: () => {} }),
      new Direction(this.#server, client, { ...link, passed: () => this.#answered = true }),
    ];
    client.once("close", () => this.#socketClosed());
    this.#server.once("close", () => this.#socketClosed());
    this.networkChanged();
  }

  get hasClient(): boolean {
    return !this.#client.destroyed;
  }

  networkChanged(): void {
    if (!this.#network.whole) return;
    // A client that came while the network was cut gets its server connection only now.
    if (this.#server.pending && !this.#server.connecting && this.hasClient) {
      this.#server.connect(this.#target);
    }
    for (const direction of this.#directions) direction.pass();
  }

  reset(): void {
    for (const direction of this.#directions) direction.stop();
    this.#client.resetAndDestroy();
    // A socket that never was connected has nothing to reset.
    if (this.#server.pending) this.#server.destroy();
    else this.#server.resetAndDestroy();
  }

  #socketClosed(): void {
    if (!this.hasClient && this.#server.pending) this.#server.destroy();
    if (!this.hasClient && this.#server.destroyed) this.#onClosed();
  }
}

/** Bytes, the end of the stream (FIN), or its reset, to be passed on when it is due. */
interface Held {
  readonly what: Uint8Array | "end" | "reset";
  readonly dueMs: number;
}

/** What a direction asks and tells. */
interface DirectionOptions {
  /** Whether anything passes now. */
  readonly isOpen: () => boolean;
  /** When what is read now is due. */
  readonly dueMs: () => number;
  /** Something has passed. */
  readonly passed: () => void;
}

/** What flows from one socket to another: held in order, and passed when the network lets it. */
class Direction {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #options: DirectionOptions;
  readonly #held: Held[] = [];
  #heldBytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(from: Socket, to: Socket, options: DirectionOptions) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
    from.on("data", (bytes: Uint8Array) => this.#hold(bytes));
    from.once("end", () => this.#hold("end"));
    // Every error is followed by "close", which tells that there was one.
    from.on("error", () => {});
    from.once("close", (failed: boolean) => failed && this.#hold("reset"));
    to.on("drain", () => this.pass());
    to.once("close", () => this.stop());
  }

  /** Passes on what is due, and comes back for the rest. */
  pass(): void {
    clearTimeout(this.#timer);
    for (let next = this.#held[0]; next !== undefined; next = this.#held[0]) {
      // The drained socket, or the network when it is whole again, calls once more.
      if (!this.#options.isOpen() || this.#to.writableNeedDrain) return;
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.pass(), waitMs);
        return;
      }
      this.#held.shift();
      this.#send(next.what);
      this.#options.passed();
    }
  }

  /** Forgets what is held: there is nobody left to pass it to. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#held.length = 0;
  }

  #hold(what: Held["what"]): void {
    if (this.#to.destroyed) return;
    this.#held.push({ what, dueMs: this.#options.dueMs() });
    if (typeof what !== "string") {
      this.#heldBytes += what.length;
      if (this.#heldBytes > HELD_BYTES_LIMIT) this.#from.pause();
    }
    this.pass();
  }

  #send(what: Held["what"]): void {
    if (what === "end") return void this.#to.end();
    if (what === "reset") return void this.#to.resetAndDestroy();
    this.#to.write(what);
    this.#heldBytes -= what.length;
    if (this.#from.isPaused() && this.#heldBytes <= HELD_BYTES_LIMIT) this.#from.resume();
  }
}
