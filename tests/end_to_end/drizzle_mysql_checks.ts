/** What must be the same through the rotating pool as through mysql2: statements. */

import assert from "node:assert/strict";
import type { MysqlScene } from "./drizzle_mysql_kit.ts";

/** Does something, asserts what it knows, and gives what must be equal on both clients. */
export type MysqlCheck = (scene: MysqlScene) => Promise<unknown>;

/** Every column with a value that does not survive a careless conversion. */
const ada = {
  name: "Ada 'n \\ Co \u{1F511}",
  mood: "glad",
  settings: { nested: { list: [1, null, "x"] }, when: "2024-02-29" },
  bornOn: "1815-12-10",
  bornAt: new Date("2024-02-29T23:59:59.123Z"),
  seenAt: "2024-02-29 12:34:56.789",
  wokeAt: "06:30:00",
  balance: "1234567890.12",
  big: 9007199254740991,
  active: false,
  ratio: 0.5,
} as const;

/** The checks of single statements. */
export const mysqlStatementChecks: Readonly<Record<string, MysqlCheck>> = {
  async "insert, select, update and delete"({ db, kit, tables: { users } }) {
    const { eq, inArray } = kit.orm;
    const ids = await db.insert(users).values(["a", "b", "c"].map((name) => ({ name })))
      .$returningId();
    assert.deepEqual(ids, [{ id: 1 }, { id: 2 }, { id: 3 }]);
    const [updated] = await db.update(users).set({ name: "d", ratio: null }).where(eq(users.id, 2));
    assert.equal(updated.affectedRows, 1);
    const [deleted] = await db.delete(users).where(inArray(users.name, ["a", "d"]));
    assert.equal(deleted.affectedRows, 2);
    const left = await db.select().from(users);
    assert.deepEqual(left.map(({ name }) => name), ["c"]);
    return [left, await db.select().from(users).where(eq(users.id, 99))];
  },

  async "every column type keeps its value"({ db, flavor, kit, tables: { users } }) {
    await db.insert(users).values(ada);
    const [selected] = await db.select().from(users).where(kit.orm.eq(users.name, ada.name));
    // MariaDB keeps JSON as a text, and old ones of it do not say that it is JSON.
    if (flavor === "mysql") assert.deepEqual(selected, { id: 1, ...ada });
    assert.deepEqual({ ...selected, settings: 0 }, { id: 1, ...ada, settings: 0 });
    await db.insert(users).values({ name: "nothing" });
    const [empty] = await db.select().from(users).where(kit.orm.eq(users.name, "nothing"));
    assert.equal(empty!.bornAt, null);
    assert.equal(empty!.active, true);
    return [selected, empty];
  },

  async "a custom type converts both ways, also in a join"({ db, kit, tables: { users, posts } }) {
    const { eq } = kit.orm;
    await db.insert(users).values({ name: "a" });
    const title = new Set(["one", "two"]);
    await db.insert(posts).values([{ userId: 1, title }, { userId: 1, title: new Set(["x"]) }]);
    const rows = await db.select({ name: users.name, title: posts.title }).from(users)
      .leftJoin(posts, eq(posts.userId, users.id)).orderBy(posts.id);
    assert.deepEqual(rows[0], { name: "a", title });
    return rows;
  },

  async "upserts, counts, groups and common table expressions"(
    { db, kit, tables: { users, posts } },
  ) {
    const { sql, count, desc, eq } = kit.orm;
    const insert = () =>
      db.insert(users).values({ name: "a", ratio: 1 }).onDuplicateKeyUpdate({
        set: { ratio: sql`${users.ratio} + 1` },
      });
    await insert();
    await insert();
    assert.deepEqual(await db.select({ ratio: users.ratio }).from(users), [{ ratio: 2 }]);
    await db.insert(users).ignore().values({ name: "a" });
    await db.insert(posts).values(["x", "y"].map((t) => ({ userId: 1, title: new Set([t]) })));
    const busy = db.$with("busy").as(
      db.select({ userId: posts.userId, posts: count().as("posts") }).from(posts)
        .groupBy(posts.userId),
    );
    const rows = await db.with(busy).select({ name: users.name, posts: busy.posts }).from(users)
      .innerJoin(busy, eq(busy.userId, users.id)).orderBy(desc(busy.posts));
    assert.deepEqual(rows.map((row) => ({ ...row, posts: Number(row.posts) })), [
      { name: "a", posts: 2 },
    ]);
    return [rows, await db.$count(users)];
  },

  async "prepared statements, executed again and again"({ db, kit, tables: { users } }) {
    const { eq, sql } = kit.orm;
    const insert = db.insert(users).values({
      name: sql.placeholder("name"),
      bornAt: sql.placeholder("bornAt"),
    }).prepare();
    const find = db.select().from(users).where(eq(users.name, sql.placeholder("name"))).prepare();
    const seen: unknown[] = [];
    for (const name of ["a", "b", "c"]) {
      await insert.execute({ name, bornAt: ada.bornAt });
      seen.push(await find.execute({ name }));
    }
    const together = await Promise.all(["a", "b", "c"].map((name) => find.execute({ name })));
    assert.deepEqual(together.map(([row]) => row?.bornAt), [ada.bornAt, ada.bornAt, ada.bornAt]);
    return [seen, together];
  },

  async "iterators, on a connection of their own and in a transaction"(
    { db, kit, client, tables: { users } },
  ) {
    await db.insert(users).values(Array.from({ length: 50 }, (_, n) => ({ name: `user ${n}` })));
    const all = db.select({ id: users.id }).from(users).orderBy(kit.orm.asc(users.id)).prepare();
    const seen: number[] = [];
    for await (const { id } of all.iterator()) seen.push(id);
    assert.deepEqual(seen, Array.from({ length: 50 }, (_, n) => n + 1));
    const inside = await db.transaction(async (tx) => {
      let count = 0;
      for await (const _ of tx.select().from(users).prepare().iterator()) count++;
      return count;
    });
    assert.equal(inside, 50);
    // All connections are there yet.
    const [[row]] = await client.query("select 1 as x") as unknown as [[unknown]];
    assert.deepEqual(row, { x: 1 });
  },

  async "relational queries"({ db, kit, flavor, client, tables }) {
    await db.insert(tables.users).values([{ name: "a" }, { name: "b" }]);
    await db.insert(tables.posts).values({ userId: 2, title: new Set(["one", "two"]) });
    if (flavor === "mariadb" && kit.needsLateralJoins) {
      const error = await kit.usersWithPosts(client, tables, flavor).then(
        () => assert.fail("no error"),
        (error) => error,
      );
      assert.equal(error.cause.code, "ER_PARSE_ERROR");
      return;
    }
    const found = await kit.usersWithPosts(client, tables, flavor);
    assert.deepEqual(found, [{ name: "a", titles: [] }, { name: "b", titles: ["one two"] }]);
    return found;
  },

  async "execute gives the driver's rows"({ db, kit }) {
    const { sql } = kit.orm;
    const [rows] = await db.execute(sql`select ${1} as n, ${"x"} as t, date('2024-02-29') as d`);
    assert.deepEqual(rows, [{ n: 1, t: "x", d: (rows as unknown as { d: unknown }[])[0]!.d }]);
    return rows;
  },

  async "many statements at a time keep their own answers"({ db, kit }) {
    const { sql } = kit.orm;
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    const answers = await Promise.all(numbers.map(async (n) => {
      const [rows] = await db.execute(sql`select ${n} as n`);
      return Number((rows as unknown as { n: number }[])[0]!.n);
    }));
    assert.deepEqual(answers, numbers);
  },

  async "an error is drizzle's, with the server's as its cause"({ db, tables: { users } }) {
    await db.insert(users).values({ name: "a" });
    const told: unknown[] = [];
    const failing = [
      db.insert(users).values({ name: "a" }),
      db.insert(users).values({ name: null as unknown as string }),
      db.insert(users).values({ name: "b", mood: "neither" as "sad" }),
    ];
    for (const statement of failing) {
      const error = await statement.then(() => assert.fail("no error"), (error) => error);
      const { code, errno, sqlState, sqlMessage } = error.cause;
      assert.match(code, /^(ER_DUP_ENTRY|ER_BAD_NULL_ERROR|WARN_DATA_TRUNCATED)$/);
      told.push([error.name, error.message, code, errno, sqlState, sqlMessage]);
    }
    return told;
  },
};
