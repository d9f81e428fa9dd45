/** A primary, and its replica when it has one. */
import type { ServerTls } from "../common/tls.ts";
import { MysqlNode, type NodeSetup } from "./node.ts";
import { pauseReplay, resumeReplay, setLag, waitForReplay } from "./replication.ts";

/** A running MySQL or MariaDB; all that {@linkcode MysqlNode} offers is about the primary. */
export class MysqlServer extends MysqlNode {
  /** What clients need to trust the server, when it was started with TLS. */
  readonly tls: ServerTls | undefined;
  #replica: MysqlNode | undefined;

  constructor(setup: NodeSetup) {
    super(setup);
    this.tls = setup.tls?.authorities;
  }

  /** The replica, when the server was started with one. */
  get replica(): MysqlNode | undefined {
    return this.#replica;
  }

  /** Makes a node, started or not, the replica that is closed with this server. */
  adopt(replica: MysqlNode): MysqlNode {
    this.#replica = replica;
    return replica;
  }

  /**
   * Sets how long after the primary the replica applies a commit, from now on. The servers know
   * whole seconds only: it is rounded up, and a commit may be applied over a second later still.
   */
  async setReplicaLag(lagMs: number): Promise<void> {
    await setLag(this.#theReplica(), lagMs);
  }

  /** Freezes the replica's data; returns once nothing more is applied to it. */
  async pauseReplay(): Promise<void> {
    await pauseReplay(this.#theReplica());
  }

  /** Lets the replica catch up after {@linkcode MysqlServer.pauseReplay}. */
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

  #theReplica(): MysqlNode {
    if (this.#replica === undefined) {
      throw new Error("This server has no replica: start it with the option `replica: {}`.");
    }
    return this.#replica;
  }
}
