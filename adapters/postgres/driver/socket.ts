/** The socket of one physical connection: connected once, never again. */

import net from "node:net";
import type { DriverOptions, SocketFactory } from "./port.ts";

/** A socket as Node makes it, with the marks that the driver reads. */
export type DriverSocket = net.Socket & { host?: string; port?: number };

/** A factory that serves one connection, and the handle to cut it off. */
export interface SingleUseSocket {
  readonly factory: SocketFactory;
  /** Destroys the socket, connected or not. Further connects fail. */
  destroy(): void;
  /** Lets the driver open one more socket: the one on which it asks the server to cancel. */
  allowCancel(): void;
}

/**
 * Wraps the connect of one instance so that it happens once: left to itself, postgres.js dials
 * again, hundreds of times a second when the peer accepts and closes, and with a credential that
 * may be stale by then.
 */
export function singleUseSocket(own: SocketFactory | null | undefined): SingleUseSocket {
  let sockets = 1;
  const live = new Set<DriverSocket>();
  let destroyed = false;

  const factory: SocketFactory = async (options) => {
    if (sockets === 0 || destroyed) throw closed(options);
    sockets--;
    const socket = await (own?.(options) ?? dial(options, live)) as DriverSocket;
    live.add(socket);
    socket.once("close", () => live.delete(socket));
    if (destroyed) {
      socket.destroy();
      throw closed(options);
    }
    return socket;
  };
  return {
    factory,
    destroy() {
      destroyed = true;
      for (const socket of live) socket.destroy();
    },
    allowCancel() {
      sockets++;
    },
  };
}

function dial(options: DriverOptions, live: Set<DriverSocket>): Promise<DriverSocket> {
  return new Promise((resolve, reject) => {
    const [host, port] = [options.host[0]!, options.port[0]!];
    const socket: DriverSocket = typeof options.path === "string"
      ? net.connect(options.path)
      : net.connect({ host, port, noDelay: true });
    live.add(socket);
    // The driver takes the name for SNI and for the check of the certificate from here.
    socket.host = host;
    socket.port = port;
    const failed = (error: Error) => {
      live.delete(socket);
      reject(error);
    };
    const cut = () => failed(closed(options));
    socket.once("error", failed);
    socket.once("close", cut);
    socket.once("connect", () => {
      socket.off("error", failed);
      socket.off("close", cut);
      resolve(socket);
    });
  });
}

function closed(options: DriverOptions): Error {
  const code = "CONNECTION_CLOSED";
  const text = `write ${code} ${options.path || `${options.host[0]}:${options.port[0]}`}`;
  return Object.assign(new Error(text), { code, errno: code });
}
