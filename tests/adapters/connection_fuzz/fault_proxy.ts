/** A TCP proxy that hurts single connections: where the project's proxy cuts the whole network. */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What a connection can suffer. */
export const linkFaults = ["reset", "end answers", "end requests", "cut answer"] as const;

/** What a connection can suffer. */
export type LinkFault = (typeof linkFaults)[number];

/** What is done with what passes. */
export interface Passing {
  /** Names what a client sends, when it is worth counting. */
  readonly name: (bytes: Uint8Array, first: boolean) => string | undefined;
  /** Hears of what was named, and of answers that were cut. */
  readonly seen: (what: string) => void;
}

/** A proxy in front of one server. */
export interface FaultProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** How many connections there are now. */
  readonly connections: number;
  /**
   * Hurts one connection; nothing happens when there is none.
   *
   * @param nth which, counted round and round
   * @param bytes so many more of the answers pass before "cut answer" cuts them
   */
  hurt(fault: LinkFault, nth: number, bytes: number): boolean;
}

/** Starts a proxy. */
export async function startFaultProxy(
  target: { readonly host: string; readonly port: number },
  passing: Passing,
): Promise<FaultProxy> {
  const links = new Set<Link>();
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const link = new Link(
      client,
      connect({ ...target, allowHalfOpen: true, noDelay: true }),
      passing,
    );
    links.add(link);
    link.closed.then(() => links.delete(link));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    get connections() {
      return links.size;
    },
    hurt(fault, nth, bytes) {
      const link = [...links][nth % links.size];
      link?.hurt(fault, bytes);
      return link !== undefined;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const link of links) link.hurt("reset", 0);
      await closed;
    },
  };
}

class Link {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #passing: Passing;
  /** So many bytes of the answers pass yet. */
  #answerBytes = Infinity;
  #begun = false;
  readonly closed: Promise<unknown>;

  constructor(client: Socket, server: Socket, passing: Passing) {
    this.#client = client;
    this.#server = server;
    this.#passing = passing;
    // Not events.once, which rejects at an error.
    const closed = (socket: Socket) =>
      new Promise<void>((resolve) => socket.once("close", () => resolve()));
    this.closed = Promise.all([closed(client), closed(server)]);
    for (const [from, to] of [[client, server], [server, client]] as const) {
      from.on("error", () => {});
      from.once("end", () => to.end());
      // A side that is gone takes the other one along, as it came.
      from.once("close", (failed) => failed ? to.resetAndDestroy() : to.destroySoon());
      to.on("drain", () => from.resume());
    }
    client.on("data", (bytes) => this.#request(bytes));
    server.on("data", (bytes) => this.#answer(bytes));
  }

  hurt(fault: LinkFault, bytes: number): void {
    if (fault === "cut answer") this.#answerBytes = Math.min(this.#answerBytes, bytes);
    // The side that is told believes that the other one is done; nothing more reaches it.
    else if (fault === "end answers") this.#client.end();
    else if (fault === "end requests") this.#server.end();
    else this.#reset();
  }

  #request(bytes: Uint8Array): void {
    const name = this.#passing.name(bytes, !this.#begun);
    this.#begun = true;
    if (name !== undefined) this.#passing.seen(name);
    if (this.#server.writable && !this.#server.write(bytes)) this.#client.pause();
  }

  #answer(bytes: Uint8Array): void {
    const passed = bytes.subarray(0, this.#answerBytes);
    this.#answerBytes -= passed.length;
    if (this.#client.writable && passed.length > 0 && !this.#client.write(passed)) {
      this.#server.pause();
    }
    if (this.#answerBytes > 0) return;
    this.#passing.seen("answer cut");
    // Cut off, but what was let through arrives.
    this.#client.destroySoon();
    this.#server.resetAndDestroy();
  }

  #reset(): void {
    this.#client.resetAndDestroy();
    this.#server.resetAndDestroy();
  }
}
