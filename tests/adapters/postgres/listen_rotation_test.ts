/** LISTEN through a rotation. */

import assert from "node:assert/strict";
import { pollUntil } from "../../servers/common/poll.ts";
import { app, clientHouse } from "./fixture.ts";
import { within } from "../outcome.ts";

const house = clientHouse();
/** The app's other user. */
const clone = { username: "app_clone", password: "clone-password" };

async function createClone(): Promise<void> {
  await house.server.admin().unsafe(`
    drop role if exists app_clone;
    create role app_clone login password '${clone.password}'`);
}

Deno.test("a swap moves LISTEN to the new user before it lets go of the old, and no notification is lost", async () => {
  const admin = house.server.admin();
  await createClone();
  await using client = house.client({ options: { max: 2 } });
  const { sql, source, credentials } = client;
  const heard: number[] = [];
  let listens = 0;
  const { unlisten } = await sql.listen(
    "news",
    (payload) => heard.push(Number(payload)),
    () => listens++,
  );
  const listeners = () =>
    admin.unsafe<{ usename: string }[]>(
      "select usename from pg_stat_activity where query like 'listen %' order by usename",
    );
  assert.deepEqual((await listeners()).map(({ usename }) => usename), [app.username]);

  // One notification after another while the pool changes its generation.
  let sent = 0, stop = false;
  const sending = (async () => {
    while (!stop) await admin.unsafe(`select pg_notify('news', '${++sent}')`);
  })();
  source.stages = {
    current: { versionId: "v2", ...clone },
    previous: { versionId: "v1", ...app },
  };
  await credentials.refresh();
  await pollUntil(
    30_000,
    async () => (await listeners()).map(({ usename }) => usename).join() === "app_clone",
    () => "LISTEN did not move to the new user",
  );
  stop = true;
  await sending;
  await pollUntil(
    30_000,
    () => Promise.resolve(heard.includes(sent)),
    () => "the last was not heard",
  );
  const missed = Array.from({ length: sent }, (_, i) => i + 1).filter((n) => !heard.includes(n));
  assert.deepEqual(missed, []);
  assert.equal(listens, 1);
  await unlisten();
});

Deno.test("over many swaps, and with much to hear, no notification is lost", async () => {
  await createClone();
  const admin = house.server.admin();
  await using client = house.client({ options: { max: 2 } });
  const { sql, source, credentials } = client;
  const heard = new Set<number>();
  await sql.listen("news", (payload) => heard.add(Number(payload)));
  let sent = 0, stop = false;
  const sending = Promise.all(Array.from({ length: 8 }, async () => {
    while (!stop) await admin.unsafe(`select pg_notify('news', '${++sent}')`);
  }));
  const users = [app, clone];
  for (let round = 1; round <= 20; round++) {
    const user = users[round % 2]!;
    source.stages = { current: { versionId: `v${round + 1}`, ...user } };
    await credentials.refresh();
    await pollUntil(30_000, async () => {
      const sessions = await admin.unsafe<{ usename: string }[]>(
        "select usename from pg_stat_activity where usename in ('app', 'app_clone')",
      );
      return sessions.length === 1 && sessions[0]!.usename === user.username;
    }, () => "LISTEN did not move to the new user");
  }
  stop = true;
  await sending;
  const missed = () => Array.from({ length: sent }, (_, i) => i + 1).filter((n) => !heard.has(n));
  await pollUntil(
    30_000,
    () => Promise.resolve(missed().length === 0),
    () => `${missed().length} of ${sent} were not heard, the first is ${missed()[0]}`,
  );
});

Deno.test("listen is refused when it would take the only connection", async () => {
  await using client = house.client({ options: { max: 1 } });
  await assert.rejects(client.sql.listen("news", () => {}), { code: "INVALID_OPTION" });
  assert.equal((await client.sql`select 1 as x`)[0]!.x, 1);
});

Deno.test("end during the first listen ends both, and nothing else", async () => {
  const client = house.client({ options: { max: 2 } });
  const listening = client.sql.listen("news", () => {}).then(
    () => "listens",
    (error) => error.code,
  );
  await client[Symbol.asyncDispose]();
  assert.ok(["CLOSED", "CONNECTION_ENDED", "CONNECTION_CLOSED"].includes(await listening));
  await assert.rejects(client.sql.listen("news", () => {}), { code: "CLOSED" });
});

Deno.test("a callback that throws when LISTEN is back keeps nobody else from hearing", async () => {
  await using client = house.client({ options: { max: 2 } });
  const { sql } = client;
  let listens = 0;
  const heard: string[] = [];
  await sql.listen("one", () => {}, () => {
    if (listens++ > 0) throw new Error("the app's own");
  });
  const back = Promise.withResolvers<void>();
  let first = true;
  const { unlisten } = await sql.listen("two", (payload) => void heard.push(payload), () => {
    if (!first) back.resolve();
    first = false;
  });
  await house.server.terminateSessions({ user: app.username });
  await within(30_000, back.promise);
  await house.server.admin().unsafe("select pg_notify('two', 'x')");
  await pollUntil(30_000, () => Promise.resolve(heard.includes("x")), () => "x was not heard");
  await unlisten();
});
