/** What must be the same through the rotating client as through postgres.js: statements. */

import assert from "node:assert/strict";
import type { Scene } from "./drizzle_kit.ts";

/** Does something, asserts what it knows, and gives what must be equal on both clients. */
export type Check = (scene: Scene) => Promise<unknown>;

/** Every column with a value that does not survive a careless conversion. */
const ada = {
  name: "Ada 'n \\ Co \u{1F511}",
  mood: "glad",
  settings: { nested: { list: [1, null, "x"] }, when: "2024-02-29" },
  document: ["a", { b: 1 }],
  bornOn: new Date("1815-12-10"),
  bornAt: new Date("2024-02-29T23:59:59.123Z"),
  seenAt: "2024-02-29 12:34:56.789",
  wokeAt: "06:30:00",
  balance: "1234567890.12",
  big: 9007199254740993n,
  tags: ["a,b", 'quote"d', "", "NULL"],
  scores: [3, -1, 2147483647],
  picture: new Uint8Array([0, 1, 254, 255]),
  active: false,
  ratio: 0.5,
} as const;

/** The checks of single statements. */
export const statementChecks: Readonly<Record<string, Check>> = {
  async "insert, select, update and delete, with returning"({ db, kit, tables: { users } }) {
    const { eq, inArray } = kit.orm;
    const inserted = await db.insert(users).values(["a", "b", "c"].map((name) => ({ name })))
      .returning({ id: users.id, name: users.name });
    assert.deepEqual(inserted.map(({ name }) => name), ["a", "b", "c"]);
    const updated = await db.update(users).set({ name: "d", ratio: null }).where(eq(users.id, 2))
      .returning();
    const deleted = await db.delete(users).where(inArray(users.name, ["a", "d"])).returning({
      name: users.name,
    });
    assert.deepEqual(deleted.map(({ name }) => name).sort(), ["a", "d"]);
    const left = await db.select().from(users);
    assert.deepEqual(left.map(({ name }) => name), ["c"]);
    return [inserted, updated, left, await db.select().from(users).where(eq(users.id, 99))];
  },

  async "every column type keeps its value"({ db, kit, tables: { users } }) {
    const [returned] = await db.insert(users).values({
      ...ada,
      tags: [...ada.tags],
      scores: [...ada.scores],
    })
      .returning();
    const [selected] = await db.select().from(users).where(kit.orm.eq(users.name, ada.name));
    assert.deepEqual(returned, { id: 1, ...ada });
    assert.deepEqual(selected, returned);
    // As the server has it: a value that was encoded twice would come back decoded twice.
    const [kept] = await db.execute(kit.orm.sql`
      select jsonb_typeof(settings) as settings, json_typeof(document) as document,
        born_on::text as "bornOn", seen_at::text as "seenAt", array_length(tags, 1) as tags
      from users`);
    assert.deepEqual(kept, {
      settings: "object",
      document: "array",
      bornOn: "1815-12-10",
      seenAt: ada.seenAt,
      tags: 4,
    });
    const [empty] = await db.insert(users).values({ name: "nothing" }).returning();
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
      db.insert(users).values({ name: "a", ratio: 1 }).onConflictDoUpdate({
        target: users.name,
        set: { ratio: sql`${users.ratio} + 1` },
      }).returning({ ratio: users.ratio });
    await insert();
    assert.deepEqual(await insert(), [{ ratio: 2 }]);
    await db.insert(users).values({ name: "a" }).onConflictDoNothing();
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
    }).returning().prepare("insert_user");
    const find = db.select().from(users).where(eq(users.name, sql.placeholder("name")))
      .prepare("find_user");
    const seen: unknown[] = [];
    for (const name of ["a", "b", "c"]) {
      seen.push(await insert.execute({ name, bornAt: ada.bornAt }), await find.execute({ name }));
    }
    const together = await Promise.all(["a", "b", "c"].map((name) => find.execute({ name })));
    assert.deepEqual(together.map(([row]) => row?.bornAt), [ada.bornAt, ada.bornAt, ada.bornAt]);
    return [seen, together];
  },

  async "relational queries"({ db, kit, client, tables }) {
    await db.insert(tables.users).values([{ name: "a" }, { name: "b" }]);
    await db.insert(tables.posts).values({ userId: 2, title: new Set(["one", "two"]) });
    const found = await kit.usersWithPosts(client, tables);
    assert.deepEqual(found, [{ name: "a", titles: [] }, { name: "b", titles: ["one two"] }]);
    return found;
  },

  async "execute gives the driver's rows"({ db, kit }) {
    const { sql } = kit.orm;
    const rows = await db.execute(
      sql`select ${1}::int as n, ${"x"}::text as t, now() > ${new Date(0).toISOString()} as later`,
    );
    assert.deepEqual([...rows], [{ n: 1, t: "x", later: true }]);
    const { count, command, columns } = rows as unknown as Record<string, unknown>;
    // Dates come as texts once drizzle has changed the parsers of the client.
    const [dates] = await db.execute(
      sql`select '2024-02-29'::date as d, '2024-02-29 01:02:03'::timestamp as t, '[1]'::jsonb as j`,
    );
    assert.deepEqual(dates, { d: "2024-02-29", t: "2024-02-29 01:02:03", j: [1] });
    const created = await db.execute(sql`create table extra (n int)`);
    const inserted = await db.execute(sql.raw("insert into extra values (1), (2)"));
    assert.equal(inserted.count, 2);
    const names = (columns as { name: string }[]).map(({ name }) => name);
    return [[...rows], count, command, names, created.command, inserted.command];
  },

  async "many statements at a time keep their own answers"({ db, kit }) {
    const { sql } = kit.orm;
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    const answers = await Promise.all(
      numbers.map(async (n) => Number((await db.execute(sql`select ${n}::int as n`))[0]!["n"])),
    );
    assert.deepEqual(answers, numbers);
  },

  async "an error is drizzle's, with the server's as its cause"({ db, tables: { users } }) {
    await db.insert(users).values({ name: "a" });
    const told: unknown[] = [];
    const failing = [
      db.insert(users).values({ name: "a" }),
      db.insert(users).values({ name: null as unknown as string }),
      db.insert(users).values({ name: "b", big: 2n ** 70n }),
    ];
    for (const statement of failing) {
      const error = await statement.then(() => assert.fail("no error"), (error) => error);
      const { code, constraint_name, table_name, detail, severity } = error.cause;
      assert.match(code, /^(23505|23502|22003)$/);
      told.push([error.name, error.message, code, constraint_name, table_name, detail, severity]);
    }
    return told;
  },
};
