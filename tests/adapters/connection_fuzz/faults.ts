/** What goes wrong between a client and its server. */

import type { SeededRandom } from "../../../adapters/testing/seeded_random.ts";
import type { TcpProxy } from "../../servers/tcp_proxy.ts";
import type { Account } from "./account.ts";
import { type FaultProxy, linkFaults } from "./fault_proxy.ts";
import { sleep } from "./pause.ts";

/** The way to the server, and the server. */
export interface Network {
  readonly links: FaultProxy;
  readonly proxy: TcpProxy;
  /** Ends the nth session of the app, counted round and round, or all. */
  kill(nth: number | undefined): Promise<unknown>;
}

/** Lets one thing go wrong, and mends it. */
export async function fault(
  account: Account,
  { links, proxy, kill }: Network,
  random: SeededRandom,
): Promise<void> {
  const ms = 5 + random.below(40);
  const nth = random.below(100);
  const kind = random.below(20);
  if (kind < 6) {
    account.count("kills");
    await kill(kind === 0 ? undefined : nth);
  } else if (kind < 14) {
    const fault = linkFaults[kind % linkFaults.length]!;
    if (links.hurt(fault, nth, random.below(200))) account.count(fault);
  } else if (kind < 15) {
    account.count("network reset");
    proxy.reset();
  } else if (kind < 17) {
    account.count("silence");
    proxy.blackhole();
    // Sometimes for longer than a ping is waited for.
    await sleep(kind === 15 ? ms : 5 * ms);
    proxy.resume();
  } else if (kind < 18) {
    account.count("refusal");
    proxy.refuse();
    await sleep(ms);
    proxy.resume();
  } else {
    account.count("latency");
    proxy.latency(1 + random.below(8));
    await sleep(2 * ms);
    proxy.latency(0);
  }
}
