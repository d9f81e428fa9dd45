/** A primary, and its replica when it has one. */
import type { ServerTls } from "../common/tls.ts";
import { MysqlNode, type NodeSetup } from "./node.ts";
import { pauseReplay, resumeReplay, waitForReplay } from "./replication.ts";
import { ReplicationLink } from "./replication_link.ts";

/** A running MySQL or MariaDB; all that {@linkcode MysqlNode} offers is about the primary. */
export class MysqlServer extends MysqlNode {
  /** What clients need to trust the server, when it was started with TLS. */
  readonly tls: ServerTls | undefined;
  #replica: MysqlNode | undefined;
  #link: ReplicationLink | undefined;

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

  /** Makes the replica follow, once both have been started. */
  async startReplication(lagMs: number): Promise<void> {
    const isSecure = this.tls !== undefined;
    this.#link = await ReplicationLink.open(this, this.#theReplica(), isSecure);
    await this.#link.setLag(lagMs);
  }

  /** Sets how long after the primary the replica applies a commit, from now on. */
  async setReplicaLag(lagMs: number): Promise<void> {
    this.#theReplica();
    await this.#link!.setLag(lagMs);
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
    await this.#link?.close();
  }

  #theReplica(): MysqlNode {
    if (this.#replica === undefined) {
      throw new Error("This server has no replica: start it with the option `replica: {}`.");
    }
    return this.#replica;
  }
}
