/** A small load through drizzle that notices every failure, and every row lost or written twice. */

import assert from "node:assert/strict";
import { eq, inArray, sql } from "drizzle-orm";
import { integer, pgTable, uuid } from "drizzle-orm/pg-core";
import type { PostgresJsDatabase } from "drizzle-orm/postgres-js";

const notes = pgTable("notes", {
  // From the client, so that a row is known also when its acknowledgement is lost.
  id: uuid("id").primaryKey(),
  worker: integer("worker").notNull(),
});

/** Breathing space of a worker, in milliseconds: the servers run on the same machine. */
const paceMs = 4;
/** A statement that takes longer waits for something that does not come. */
const hungAfterMs = 30_000;

/** A load that runs. */
export class Load implements AsyncDisposable {
  /** Operations that ended well. */
  operations = 0;
  /** Everything that failed. */
  readonly failures: unknown[] = [];
  readonly #db: PostgresJsDatabase;
  readonly #written: string[] = [];
  readonly #stop = new AbortController();
  readonly #workers: Promise<unknown>;

  private constructor(db: PostgresJsDatabase, workers: number) {
    this.#db = db;
    this.#workers = Promise.all(Array.from({ length: workers }, (_, n) => this.#work(n)));
  }

  /** Makes the table and begins. */
  static async start(db: PostgresJsDatabase, workers = 4): Promise<Load> {
    await db.execute(sql`create table notes (id uuid primary key, worker int not null)`);
    return new Load(db, workers);
  }

  /** Waits until so many further operations have ended well. */
  async progress(operations = 20, timeoutMs = 60_000): Promise<void> {
    const goal = this.operations + operations;
    const deadline = performance.now() + timeoutMs;
    while (this.operations < goal) {
      assert.deepEqual(this.failures, [], "a statement failed");
      assert.ok(performance.now() < deadline, "the load stands still");
      await pause(10);
    }
  }

  /** Ends the load and asserts that nothing failed and every row is there exactly once. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#workers;
    assert.deepEqual(this.failures, []);
    assert.ok(this.operations > 0);
    const rows = await this.#db.select({ id: notes.id }).from(notes);
    assert.deepEqual(rows.map(({ id }) => id).sort(), this.#written.toSorted());
  }

  /** Ends the load of a test that failed, so that it does not run on in the next one. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#workers;
  }

  async #work(worker: number): Promise<void> {
    for (let n = worker; !this.#stop.signal.aborted; n++) {
      try {
        await withDeadline(this.#operation(worker, n));
        this.operations++;
      } catch (error) {
        this.failures.push(error);
        return;
      }
      await pause(paceMs);
    }
  }

  async #operation(worker: number, n: number): Promise<void> {
    const ids = [crypto.randomUUID(), crypto.randomUUID()] as const;
    if (n % 4 === 0) {
      await this.#db.transaction(async (tx) => {
        await tx.insert(notes).values(ids.map((id) => ({ id, worker })));
        const found = await tx.select().from(notes).where(inArray(notes.id, [...ids]));
        assert.equal(found.length, 2);
      });
      this.#written.push(...ids);
    } else if (n % 4 === 1) {
      const [row] = await this.#db.insert(notes).values({ id: ids[0], worker }).returning();
      assert.deepEqual(row, { id: ids[0], worker });
      this.#written.push(ids[0]);
    } else {
      await this.#db.select().from(notes).where(eq(notes.worker, worker)).limit(5);
    }
  }
}

async function withDeadline(work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`no answer within ${hungAfterMs} ms`)),
    hungAfterMs,
  );
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Lets so much time pass on the real clock. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
