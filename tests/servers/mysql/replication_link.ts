/** A replica's way to its primary: a network that is as slow as the replica is to lag. */
import { pollUntil } from "../common/poll.ts";
import { startTcpProxy, type TcpProxy } from "../tcp_proxy.ts";
import type { MysqlNode } from "./node.ts";
import { statusOf } from "./replication.ts";
import { superuser } from "./template.ts";

const CONNECT_TIMEOUT_MS = 30_000;

/**
 * Delays the stream of changes. The servers' own delay knows whole seconds of the wall clock only:
 * of one second it makes anything between one and over two.
 */
export class ReplicationLink {
  readonly #replica: MysqlNode;
  readonly #network: TcpProxy;
  #lagMs = 0;

  private constructor(replica: MysqlNode, network: TcpProxy) {
    this.#replica = replica;
    this.#network = network;
  }

  /** Makes the replica follow its primary, at once at first. */
  static async open(
    primary: MysqlNode,
    replica: MysqlNode,
    tls: boolean,
  ): Promise<ReplicationLink> {
    const network = await startTcpProxy(primary);
    const link = new ReplicationLink(replica, network);
    try {
      await follow(replica, network, tls);
      await link.#connected();
      return link;
    } catch (error) {
      await link.close();
      throw error;
    }
  }

  /** Sets how long after the primary the replica learns of a commit, from now on. */
  async setLag(lagMs: number): Promise<void> {
    const isLess = lagMs < this.#lagMs;
    this.#lagMs = lagMs;
    if (isLess) {
      // What is on its way would come as late as before: the replica asks for it once more.
      this.#network.latency(0);
      this.#network.reset();
      await this.#connected();
    }
    this.#network.latency(lagMs);
  }

  close(): Promise<void> {
    return this.#network.close();
  }

  /** Waits until changes are being sent: before that, each question and answer would be late. */
  async #connected(): Promise<void> {
    const state = async () => {
      const status = await statusOf(this.#replica);
      return String(status["Replica_IO_State"] ?? status["Slave_IO_State"]);
    };
    await pollUntil(
      CONNECT_TIMEOUT_MS,
      async () => /send event|^Queueing/.test(await state()),
      async () =>
        `The replica has not connected within ${CONNECT_TIMEOUT_MS} ms: "${await state()}".`,
    );
  }
}

async function follow(
  replica: MysqlNode,
  { host, port }: { readonly host: string; readonly port: number },
  tls: boolean,
): Promise<void> {
  const { user, password } = superuser;
  const admin = replica.admin();
  if (replica.flavor === "mysql") {
    await admin.query(
      `change replication source to source_host = ?, source_port = ?, source_user = ?,
        source_password = ?, source_auto_position = 1, source_connect_retry = 1,
        source_retry_count = 86400, source_ssl = ?, get_source_public_key = ?`,
      [host, port, user, password, +tls, +!tls],
    );
    await admin.query("start replica");
  } else {
    await admin.query(
      `change master to master_host = ?, master_port = ?, master_user = ?, master_password = ?,
        master_use_gtid = slave_pos, master_connect_retry = 1, master_ssl = ?`,
      [host, port, user, password, +tls],
    );
    await admin.query("start slave");
  }
}
