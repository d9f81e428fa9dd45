/** A lock that a session of the database holds, on PostgreSQL and on MySQL. */

/** The part of a `rotatingPostgres` client, or of `postgres()`, that is used here. */
export interface PostgresLockClient {
  /** A connection to have alone. */
  reserve(): Promise<{
    unsafe(statement: string, parameters: string[]): PromiseLike<readonly unknown[]>;
    release(): void;
  }>;
}

/** The part of a `rotatingMysql` pool, or of `mysql2/promise`'s, that is used here. */
export interface MysqlLockClient {
  /** A connection to have alone. */
  getConnection(): Promise<{
    query(statement: string, parameters: unknown[]): Promise<readonly unknown[]>;
    release(): void;
  }>;
}

/** A connection that may hold the lock. */
export interface LockSession {
  /** Takes the lock if nobody has it. */
  tryLock(): Promise<boolean>;
  /** Gives it back. False when this session had it no longer. */
  unlock(): Promise<boolean>;
  /** Gives the connection back. */
  release(): void;
}

/** A connection of the client, which the lock of this name will belong to. */
export function openSession(
  client: PostgresLockClient | MysqlLockClient,
  name: string,
): Promise<LockSession> {
  return "reserve" in client ? postgresSession(client, name) : mysqlSession(client, name);
}

/**
 * Never waits in the server: a session that does has a snapshot, and CREATE INDEX CONCURRENTLY in
 * the migration of the lock's holder would wait for it, and it for the holder.
 */
async function postgresSession(client: PostgresLockClient, name: string): Promise<LockSession> {
  const connection = await client.reserve();
  const call = async (lock: string) => {
    const [row] = await connection.unsafe(`select ${lock}(hashtextextended($1, 0)) as done`, [
      name,
    ]);
    return (row as { done: boolean }).done;
  };
  return {
    tryLock: () => call("pg_try_advisory_lock"),
    unlock: () => call("pg_advisory_unlock"),
    release: () => connection.release(),
  };
}

/** MySQL's names are the server's, and at most 64 characters long: this one is the database's. */
async function mysqlSession(client: MysqlLockClient, name: string): Promise<LockSession> {
  const connection = await client.getConnection();
  // MySQL 9 has no sha1() any more.
  const key = "concat('rekey:', sha2(concat(coalesce(database(), ''), ?), 224))";
  const call = async (lock: string) => {
    const [rows] = await connection.query(`select ${lock} as done`, [`.${name}`]);
    return Number((rows as { done: unknown }[])[0]!.done) === 1;
  };
  return {
    tryLock: () => call(`get_lock(${key}, 0)`),
    unlock: () => call(`release_lock(${key})`),
    release: () => connection.release(),
  };
}
