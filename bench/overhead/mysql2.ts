/** mysql2 under measurement. */

import { rotatingMysql } from "@rekey/orm/mysql2";
import { sql as text } from "drizzle-orm";
import { int, mysqlTable } from "drizzle-orm/mysql-core";
import { drizzle } from "drizzle-orm/mysql2";
import mysql, { type Pool } from "mysql2/promise";
import { max, type Subject, tableRows, workers } from "./subject.ts";

const numbers = mysqlTable("numbers", { id: int().primaryKey(), n: int() });
const database = "bench";

/** mysql2 3. */
export const mysql2: Subject<Pool> = {
  raw: ({ host, port, user, password }) =>
    mysql.createPool({ host, port, user, password, database, connectionLimit: max }),
  rekey: ({ host, port }, credentials) =>
    rotatingMysql((login) => mysql.createPool({ database, ...login }), {
      credentials,
      host,
      port,
      max,
    }),
  end: (pool) => pool.end(),

  async prepare(pool) {
    await pool.query("create table if not exists numbers (id int primary key, n int)");
    const rows = Array.from({ length: tableRows }, (_, i) => [i + 1, 2 * (i + 1)]);
    await pool.query("insert ignore into numbers values ?", [rows]);
  },

  workloads: [
    {
      name: "one statement after another",
      run: (pool) => workers(1, 800, (i) => pool.query("select ? as x", [i])),
    },
    {
      name: "one prepared after another",
      run: (pool) => workers(1, 800, (i) => pool.execute("select ? as x", [i])),
    },
    {
      name: "1000 statements at once",
      async run(pool) {
        for (let round = 0; round < 3; round++) {
          await Promise.all(
            Array.from({ length: 1_000 }, (_, i) => pool.query("select ? as x", [i])),
          );
        }
        return 3_000;
      },
    },
    {
      name: "32 drizzle workers",
      run(pool) {
        const db = drizzle({ client: pool });
        return workers(
          32,
          50,
          (i) => db.select().from(numbers).where(text`${numbers.id} = ${i + 1}`),
        );
      },
    },
    {
      name: "8 workers, transactions of 3",
      run: (pool) =>
        workers(8, 40, async (i) => {
          const connection = await pool.getConnection();
          await connection.beginTransaction();
          await connection.query("select n from numbers where id = ?", [i + 1]);
          await connection.query("select n from numbers where id = ?", [i + 2]);
          await connection.query("select n from numbers where id = ?", [i + 3]);
          await connection.commit();
          connection.release();
        }),
    },
    {
      name: "10,000 rows",
      run: (pool) => workers(1, 10, () => pool.query("select id, n from numbers")),
    },
  ],
};
