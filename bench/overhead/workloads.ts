/** What is measured: each workload does a fixed amount of work on a client. */

import { sql as text } from "drizzle-orm";
import { integer, pgTable } from "drizzle-orm/pg-core";
import { drizzle } from "drizzle-orm/postgres-js";
import type { Sql } from "postgres";

/** Connections of a client. */
export const max = 8;

const numbers = pgTable("numbers", { id: integer().primaryKey(), n: integer() });

/** Makes the table that the workloads read; all of it fits into memory. */
export async function prepare(sql: Sql): Promise<void> {
  await sql`create table if not exists numbers (id int primary key, n int)`;
  await sql`insert into numbers select i, i * 2 from generate_series(1, 10000) i
    on conflict do nothing`;
}

/** A workload. */
export interface Workload {
  readonly name: string;
  /** Does the work once; returns how many operations it was. */
  run(sql: Sql): Promise<number>;
}

async function workers(count: number, each: number, work: (i: number) => Promise<unknown>) {
  await Promise.all(Array.from({ length: count }, async (_, worker) => {
    for (let i = 0; i < each; i++) await work(worker * each + i);
  }));
  return count * each;
}

/** Every workload. */
export const workloads: readonly Workload[] = [
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
];
