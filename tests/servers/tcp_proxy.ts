/** A TCP proxy that can behave like a bad network, for tests of connection failures. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { type NetworkState, ProxyLink } from "./tcp_proxy_link.ts";

/** A proxy on a port of its own, in front of one server. It starts by forwarding everything. */
export interface TcpProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** How many clients are connected to the proxy now. */
  readonly connections: number;
  /**
   * Cuts the network without telling anyone: connections stay open, new ones are accepted, but no
   * byte and no end of a connection passes in either direction until {@linkcode TcpProxy.resume}.
   */
  blackhole(): void;
  /** Accepts new clients and closes them at once. The connections that exist are left alone. */
  refuse(): void;
  /** Every connection passes what its server says first, and nothing after that. */
  stall(): void;
  /** Ends blackhole, refuse and stall. What was held back arrives now, as after a short outage. */
  resume(): void;
  /** Resets (RST) every connection that exists, on both sides. */
  reset(): void;
  /** Delays what is read from now on by this much in each direction. */
  latency(ms: number): void;
  /** Ends the proxy and its connections. Does nothing when called again. */
  close(): Promise<void>;
}

/** Starts a proxy on a free port of 127.0.0.1 in front of the server at `target`. */
export async function startTcpProxy(
  target: { readonly host: string; readonly port: number },
): Promise<TcpProxy> {
  const network: NetworkState = { whole: true, stalling: false, latencyMs: 0 };
  let refusing = false;
  const links = new Set<ProxyLink>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    // Without a listener, the error of a client that is gone already would end the process.
    if (refusing) return void client.on("error", () => {}).destroy();
    const link = new ProxyLink(client, target, network, () => links.delete(link));
    links.add(link);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { address, port } = server.address() as AddressInfo;

  const change = (to: { whole?: boolean; refuse?: boolean; stalling?: boolean }) => {
    network.whole = to.whole ?? true;
    network.stalling = to.stalling ?? false;
    refusing = to.refuse ?? false;
    for (const link of links) link.networkChanged();
  };
  let closed: Promise<void> | undefined;
  const close = () => closed ??= closeAll(server, links);
  return {
    host: address,
    port,
    get connections() {
      return [...links].filter((link) => link.hasClient).length;
    },
    blackhole: () => change({ whole: false }),
    refuse: () => change({ refuse: true }),
    stall: () => change({ stalling: true }),
    resume: () => change({}),
    reset() {
      for (const link of links) link.reset();
    },
    latency(ms) {
      network.latencyMs = ms;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function closeAll(server: Server, links: Set<ProxyLink>): Promise<void> {
  const ended = once(server, "close");
  server.close();
  for (const link of links) link.reset();
  await ended;
}
