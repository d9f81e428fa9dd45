/** A server that accepts connections, counts them and closes them, at once or when told so. */

import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** What became of it. */
export interface AcceptingServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** How many connections were accepted so far. */
  readonly accepted: number;
}

/** Starts it. `meet` talks to each connection; without it, all are closed at their first word. */
export async function startAccepting(
  meet: (socket: Socket) => void = (socket) => void socket.once("data", () => socket.end()),
): Promise<AcceptingServer> {
  let accepted = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    accepted++;
    sockets.add(socket);
    socket.on("error", () => {}).once("close", () => sockets.delete(socket));
    meet(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return accepted;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
