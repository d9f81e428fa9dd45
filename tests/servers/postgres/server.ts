/** A primary, and its replica when it has one. */
import type { ServerTls } from "../common/tls.ts";
import { type NodeSetup, PostgresNode } from "./node.ts";
import { pauseReplay, resumeReplay, setLag, waitForReplay } from "./replay.ts";

/** A running PostgreSQL; all that {@linkcode PostgresNode} offers is about the primary. */
export class PostgresServer extends PostgresNode {
  /** What clients need to trust the server, when it was started with TLS. */
  readonly tls: ServerTls | undefined;
  #replica: PostgresNode | undefined;

  constructor(setup: NodeSetup, tls: ServerTls | undefined) {
    super(setup);
    this.tls = tls;
  }

  /** The replica, when the server was started with one. */
  get replica(): PostgresNode | undefined {
    return this.#replica;
  }

  /** Makes a node, started or not, the replica that is closed with this server. */
  adopt(replica: PostgresNode): PostgresNode {
    this.#replica = replica;
    return replica;
  }

  /** Sets how long after the primary the replica applies a commit, from now on. */
  async setReplicaLag(lagMs: number): Promise<void> {
    await setLag(this, this.#theReplica(), lagMs);
  }

  /** Freezes the replica's data; returns once nothing more is applied to it. */
  async pauseReplay(): Promise<void> {
    await pauseReplay(this.#theReplica());
  }

  /** Lets the replica catch up after {@linkcode PostgresServer.pauseReplay}. */
  async resumeReplay(): Promise<void> {
    await resumeReplay(this.#theReplica());
  }

  /**
   * Waits until the replica has applied all that was committed on the primary before this call.
   *
   * @param timeoutMs The replica's lag has to fit into it.
   * @throws {Error} With both positions, when the replica is not that far in time.
   */
  async waitForReplay(timeoutMs = 30_000): Promise<void> {
    await waitForReplay(this, this.#theReplica(), timeoutMs);
  }

  /** Ends the server and its replica, and removes their data. Does nothing when called again. */
  override async close(): Promise<void> {
    await Promise.all([this.#replica?.close(), super.close()]);
  }

  #theReplica(): PostgresNode {
    if (this.#replica === undefined) {
      throw new Error("This server has no replica: start it with the option `replica: {}`.");
    }
    return this.#replica;
  }
}
