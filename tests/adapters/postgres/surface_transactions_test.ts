/** `begin`, `savepoint`, `prepare` and `reserve`. */

import assert from "node:assert/strict";
import type postgres from "postgres";
import { clientHouse, onBoth } from "./fixture.ts";
import { errorOf } from "../outcome.ts";

const house = clientHouse({ settings: { max_prepared_transactions: "5" } });

/** A table of its own, and what is in it. */
async function table(sql: postgres.Sql) {
  await sql`drop table if exists t`;
  await sql`create table t (id int primary key deferrable initially deferred)`;
  return async () => (await sql`select id from t order by id`).map(({ id }) => id);
}

onBoth(house, "begin commits, and rolls back what throws", async (sql) => {
  const ids = await table(sql);
  const result = await sql.begin(async (sql) => {
    await sql`insert into t values (1)`;
    return "result";
  });
  assert.equal(result, "result");
  const thrown = new Error("of the callback");
  const error = await errorOf(sql.begin(async (sql) => {
    await sql`insert into t values (2)`;
    throw thrown;
  }));
  assert.equal(error, thrown);
  assert.equal(
    await errorOf(sql.begin(() => {
      throw thrown;
    })),
    thrown,
  );
  assert.deepEqual(await ids(), [1]);
});

onBoth(house, "begin takes options, and refuses bad ones", async (sql) => {
  const [row] = await sql.begin(
    "isolation level serializable read only",
    (sql) => [sql`select current_setting('transaction_isolation') as i,
      current_setting('transaction_read_only') as r`],
  );
  assert.deepEqual([...row], [{ i: "serializable", r: "on" }]);
  assert.equal((await errorOf(sql.begin("nonsense", () => 1))).code, "42601");
  assert.deepEqual([...await sql`select 1 as x`], [{ x: 1 }]);
}, { max: 1 });

onBoth(house, "an array of statements is pipelined, and each gets its result", async (sql) => {
  const results = await sql.begin((sql) => [
    sql`select ${1}::int as x`,
    sql`select 2 as x`,
    sql`select ${3}::int as x`,
    sql`select 4 as x`,
  ]);
  assert.deepEqual(results.map(([row]) => row!.x), [1, 2, 3, 4]);
});

onBoth(house, "statements of a transaction run in their order, awaited or not", async (sql) => {
  await sql`create temp table ordered (n serial, what text)`;
  await sql.begin(async (sql) => {
    const add = (what: string) => sql`insert into ordered (what) values (${what})`;
    // Prepared, so that they can be pipelined.
    await add("a");
    await Promise.all([
      add("b"),
      add("c"),
      sql`insert into ordered (what) values ('d')`,
      add("e"),
      sql`insert into ordered (what) values ('f')`,
    ]);
  });
  const rows = await sql`select what from ordered order by n`;
  assert.deepEqual(rows.map(({ what }) => what), ["a", "b", "c", "d", "e", "f"]);
}, { max: 1 });

onBoth(house, "an error that the callback swallows still ends the transaction", async (sql) => {
  const ids = await table(sql);
  const error = await errorOf(sql.begin(async (sql) => {
    await sql`insert into t values (1)`;
    await sql`select nope`.catch(() => {});
    return "swallowed";
  }));
  assert.equal(error.code, "42703");
  // The first error says more than that the transaction is aborted.
  const later = await errorOf(sql.begin(async (sql) => {
    await sql`select nope`.catch(() => {});
    await sql`select 1`;
  }));
  assert.equal(later.code, "42703");
  assert.deepEqual(await ids(), []);
});

onBoth(house, "an error of the commit itself is the transaction's", async (sql) => {
  const ids = await table(sql);
  const error = await errorOf(sql.begin((sql) => sql`insert into t values (1), (1)`));
  assert.equal(error.code, "23505");
  assert.deepEqual(await ids(), []);
});

onBoth(house, "savepoints nest, with and without a name, and roll back alone", async (sql) => {
  const ids = await table(sql);
  await sql.begin(async (sql) => {
    await sql`insert into t values (1)`;
    await errorOf(sql.savepoint("named", async (sql) => {
      await sql`insert into t values (2)`;
      throw new Error("no");
    }));
    const inner = await sql.savepoint(async (sql) => {
      await sql`insert into t values (3)`;
      await errorOf(sql.savepoint(async (sql) => {
        await sql`insert into t values (4)`;
        await sql`select nope`;
      }));
      return "inner";
    });
    assert.equal(inner, "inner");
    await sql`insert into t values (5)`;
  });
  assert.deepEqual(await ids(), [1, 3, 5]);
});

onBoth(house, "a savepoint may be one statement", async (sql) => {
  const ids = await table(sql);
  await sql.begin(async (sql) => {
    // Not in the driver's types.
    const savepoint = sql.savepoint as unknown as typeof sql;
    await savepoint`insert into t values (${1})`;
    await errorOf(savepoint`select nope`);
    await sql`insert into t values (2)`;
  });
  assert.deepEqual(await ids(), [1, 2]);
});

onBoth(house, "a transaction can be prepared for two-phase commit", async (sql) => {
  const ids = await table(sql);
  await sql.begin(async (sql) => {
    await sql`insert into t values (1)`;
    await sql.prepare("two-phase");
  });
  assert.deepEqual(await ids(), []);
  await sql`commit prepared 'two-phase'`;
  assert.deepEqual(await ids(), [1]);
});

Deno.test("a savepoint's name may hold anything", async () => {
  // The bare driver takes a dot for the end of a name.
  await using client = house.client();
  const ids = await table(client.sql);
  await client.sql.begin(async (sql) => {
    await errorOf(sql.savepoint('a.b "c"', async (sql) => {
      await sql`insert into t values (1)`;
      throw new Error("no");
    }));
    await sql`insert into t values (2)`;
  });
  assert.deepEqual(await ids(), [2]);
});

Deno.test("a transaction's statements are rejected once it is over", async () => {
  // The bare driver runs them, outside of any transaction.
  await using client = house.client({ options: { max: 1 } });
  let escaped: postgres.TransactionSql | undefined;
  await client.sql.begin((sql) => {
    escaped = sql;
    return sql`select 1`;
  });
  const error = await errorOf(escaped!`select 2`);
  assert.equal(error.code, "CONNECTION_ENDED");
  assert.equal(error.possiblyExecuted, false);
});

onBoth(house, "a reserved connection keeps its session until it is released", async (sql) => {
  const reserved = await sql.reserve();
  await reserved`create temp table mine (id int)`;
  await reserved`insert into mine values (${1})`;
  assert.equal((await errorOf(sql`select * from mine`)).code, "42P01");
  const results = await Promise.all([
    reserved`select ${1}::int as x`,
    reserved`select 2 as x`,
    reserved`select count(*)::int as x from mine`,
  ]);
  assert.deepEqual(results.map(([row]) => row!.x), [1, 2, 1]);
  reserved.release();
});
