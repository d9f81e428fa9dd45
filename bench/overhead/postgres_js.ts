/** postgres.js under measurement. */

import { rotatingPostgres } from "@rekey/orm/postgres";
import { sql as text } from "drizzle-orm";
import { integer, pgTable } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres, { type Sql } from "postgres";
import { max, type Subject, tableRows, workers } from "./subject.ts";

const numbers = pgTable("numbers", { id: integer().primaryKey(), n: integer() });
const options = { database: "postgres", onnotice: () => {} };

/** postgres.js 3.4. */
export const postgresJs: Subject<Sql> = {
  raw: ({ host, port, user, password }) =>
    postgres({ ...options, host, port, user, password, max }),
  rekey: ({ host, port }, credentials) =>
    rotatingPostgres((login) => postgres({ ...options, ...login }), {
      credentials,
      host,
      port,
      max,
    }),
  end: (sql) => sql.end(),

  async prepare(sql) {
    await sql`create table if not exists numbers (id int primary key, n int)`;
    await sql`insert into numbers select i, i * 2 from generate_series(1, ${tableRows}::int) i
      on conflict do nothing`;
  },

  workloads: [
    {
      name: "one statement after another",
      run: (sql) => workers(1, 800, (i) => sql`select ${i}::int as x`),
    },
    {
      name: "1000 statements at once",
      async run(sql) {
        for (let round = 0; round < 6; round++) {
          await Promise.all(Array.from({ length: 1_000 }, (_, i) => sql`select ${i}::int as x`));
        }
        return 6_000;
      },
    },
    {
      name: "32 drizzle workers",
      run(sql) {
        const db = drizzle({ client: sql });
        return workers(
          32,
          50,
          (i) => db.select().from(numbers).where(text`${numbers.id} = ${i + 1}`),
        );
      },
    },
    {
      name: "8 workers, transactions of 3",
      run: (sql) =>
        workers(8, 40, (i) =>
          sql.begin(async (tx) => {
            await tx`select n from numbers where id = ${i + 1}`;
            await tx`select n from numbers where id = ${i + 2}`;
            await tx`select n from numbers where id = ${i + 3}`;
          })),
    },
    {
      name: "10,000 rows",
      run: (sql) => workers(1, 10, () => sql`select id, n from numbers`),
    },
  ],
};
