/** A rotating client has the types of the driver's own, the user's custom types among them. */

import mysql from "mysql2/promise";
import type { FieldPacket, ResultSetHeader, RowDataPacket } from "mysql2/promise";
import postgres from "postgres";
import type { CredentialProvider } from "@rekey/orm";
import { rotatingMysql } from "@rekey/orm/mysql2";
import { rotatingPostgres } from "@rekey/orm/postgres";
import type { Rotation } from "@rekey/orm/postgres";
import { isExactly } from "./same.ts";

interface User extends RowDataPacket {
  id: number;
  name: string | null;
}

/** postgres.js. */
export async function ofPostgres(credentials: CredentialProvider): Promise<void> {
  const sql = rotatingPostgres((login) => postgres({ database: "app", ...login }), { credentials });
  sql satisfies postgres.Sql;
  isExactly<Rotation>()(sql.rotation);
  isExactly<postgres.RowList<{ id: number }[]>>()(await sql<{ id: number }[]>`select 1 as id`);
  isExactly<number>()(await sql.begin(() => 1));
  isExactly<postgres.ReservedSql>()(await sql.reserve());
  // @ts-expect-error the driver has no such method
  sql.query("select 1");
  // @ts-expect-error the driver's option is misspelt
  rotatingPostgres((login) => postgres({ databse: "app", ...login }), { credentials });
  // @ts-expect-error our option is misspelt
  rotatingPostgres((login) => postgres({ ...login }), { credentials, mx: 3 });
  // @ts-expect-error credentials are needed
  rotatingPostgres((login) => postgres({ ...login }), { max: 3 });
}

/** postgres.js with types of the user's own. */
export function withCustomTypes(credentials: CredentialProvider): void {
  const rect = {
    to: 1043,
    from: [1043],
    serialize: ({ width, height }: { width: number; height: number }) => `${width}x${height}`,
    parse: (text: string) => ({ width: text.length, height: 1 }),
  };
  const sql = rotatingPostgres(
    (login) => postgres({ types: { rect, bigint: postgres.BigInt }, ...login }),
    { credentials },
  );
  sql.types.rect({ width: 1, height: 2 });
  sql`select ${1n}`;
  // @ts-expect-error a rectangle has numbers
  sql.types.rect({ width: "1", height: 2 });
  // @ts-expect-error no such type was given
  sql.types.circle(1);
  const plain = rotatingPostgres((login) => postgres({ ...login }), { credentials });
  // @ts-expect-error without the type the driver takes no bigint
  plain`select ${1n}`;
  const said = rotatingPostgres(
    (login) =>
      postgres<{ bigint: postgres.PostgresType<bigint> }>({
        types: { bigint: postgres.BigInt },
        ...login,
      }),
    { credentials },
  );
  said satisfies postgres.Sql<{ bigint: bigint }>;
  said`select ${1n}`;
}

/** mysql2. */
export async function ofMysql(credentials: CredentialProvider): Promise<void> {
  const pool = rotatingMysql((login) => mysql.createPool({ ...login }), { credentials });
  pool satisfies mysql.Pool;
  isExactly<Rotation>()(pool.rotation);
  isExactly<[User[], FieldPacket[]]>()(await pool.query<User[]>("select id, name from users"));
  isExactly<[ResultSetHeader, FieldPacket[]]>()(
    await pool.execute<ResultSetHeader>("delete from users where id = ?", [1]),
  );
  isExactly<mysql.PoolConnection>()(await pool.getConnection());
  const [[user]] = await pool.query<User[]>("select id, name from users");
  isExactly<string | null | undefined>()(user?.name);
  // @ts-expect-error rows are packets
  await pool.query<{ id: number }>("select 1 as id");
  // @ts-expect-error the driver's option is misspelt
  rotatingMysql((login) => mysql.createPool({ databse: "app", ...login }), { credentials });
  // @ts-expect-error our option is misspelt
  rotatingMysql((login) => mysql.createPool({ ...login }), { credentials, valueInErrors: true });
}
