/** Clients for the tests of MySQL and MariaDB servers. */
import assert from "node:assert/strict";
import {
  type Connection,
  type ConnectionOptions,
  createConnection,
  type Pool,
  type RowDataPacket,
} from "mysql2/promise";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A connection that ends with its scope. */
export async function connect(
  { host, port }: Address,
  login: ConnectionOptions,
): Promise<Connection> {
  const connection = await createConnection({ host, port, ...login });
  // One that the server ends is an error event, besides what its statements report.
  connection.on("error", () => {});
  // Its own way waits for a goodbye, which a connection that the server has ended never says.
  connection[Symbol.asyncDispose] = () => Promise.resolve(connection.destroy());
  return connection;
}

/** The error with which a login fails. */
export async function failureOf(
  node: Address,
  login: ConnectionOptions,
): Promise<Error & { errno?: number; code?: string }> {
  try {
    await using _connection = await connect(node, login);
  } catch (error) {
    return error as Error;
  }
  assert.fail(`${login.user} was let in`);
}

/** The first column of the first row. */
export async function valueOf(client: Connection | Pool, sql: string): Promise<unknown> {
  const [rows] = await client.query<RowDataPacket[]>(sql);
  return Object.values(rows[0]!)[0];
}
