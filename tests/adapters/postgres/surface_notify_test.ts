/** LISTEN and NOTIFY. */

import assert from "node:assert/strict";
import { clientHouse, onBoth } from "./fixture.ts";
import { errorOf, until } from "../outcome.ts";

const house = clientHouse();

onBoth(house, "listeners of several channels hear their own notifications", async (sql) => {
  const heard: string[] = [];
  let listening = 0;
  const onlisten = () => void listening++;
  const first = await sql.listen("first", (payload) => heard.push(`1 ${payload}`), onlisten);
  await sql.listen("second", (payload) => heard.push(`2 ${payload}`), onlisten);
  assert.equal(listening, 2);
  assert.equal(typeof first.state.pid, "number");
  await sql.notify("first", "a");
  await sql.notify("second", "b");
  await sql.notify("third", "c");
  await sql`select pg_notify('first', ${"d"})`;
  await until(() => heard.length === 3, "three notifications");
  assert.deepEqual(heard, ["1 a", "2 b", "1 d"]);
});

onBoth(house, "odd channel names work", async (sql) => {
  const names = ['a"b', "Mixed Case", "with.dot", "é", "'"];
  const heard: string[] = [];
  for (const name of names) await sql.listen(name, (payload) => heard.push(payload));
  for (const name of names) await sql.notify(name, name);
  await until(() => heard.length === names.length, "every notification");
  assert.deepEqual(heard, names);
});

onBoth(house, "a listener that leaves hears no more, the others do", async (sql) => {
  const heard: string[] = [];
  const one = await sql.listen("shared", (payload) => heard.push(`one ${payload}`));
  const two = await sql.listen("shared", (payload) => heard.push(`two ${payload}`));
  await sql.notify("shared", "1");
  await until(() => heard.length === 2, "both hear");
  await one.unlisten();
  await one.unlisten();
  await sql.notify("shared", "2");
  await until(() => heard.length === 3, "one hears");
  assert.deepEqual(heard, ["one 1", "two 1", "two 2"]);
  await two.unlisten();
  await sql.listen("marker", (payload) => heard.push(payload));
  await sql.notify("shared", "3");
  await sql.notify("marker", "end");
  await until(() => heard.includes("end"), "the marker");
  assert.equal(heard.length, 4);
});

Deno.test("notifications of a transaction come when it commits", async () => {
  // The bare driver sends them outside of the transaction.
  await using client = house.client();
  const { sql } = client;
  const heard: string[] = [];
  await sql.listen("tx", (payload) => heard.push(payload));
  await sql.begin((sql) => sql.notify("tx", "committed"));
  await errorOf(sql.begin(async (sql) => {
    await sql.notify("tx", "rolled back");
    throw new Error("no");
  }));
  await sql.notify("tx", "end");
  await until(() => heard.includes("end"), "the end");
  assert.deepEqual(heard, ["committed", "end"]);
});

Deno.test("a channel may be called like what every object has", async () => {
  // The bare driver takes such a channel for one that it listens on already, and throws.
  await using client = house.client();
  const heard: string[] = [];
  for (const name of ["constructor", "__proto__"]) {
    await client.sql.listen(name, (payload) => heard.push(payload));
    await client.sql.notify(name, name);
  }
  await until(() => heard.length === 2, "both notifications");
});

Deno.test("a channel name that the server would cut off is refused", async () => {
  await using client = house.client();
  const { code } = await errorOf(client.sql.listen("x".repeat(64), () => {}));
  assert.equal(code, "INVALID_IDENTIFIER");
  assert.equal((await errorOf(client.sql.listen("", () => {}))).code, "INVALID_IDENTIFIER");
});

Deno.test("the last one to leave frees the connection", async () => {
  await using client = house.client({ options: { max: 2 } });
  const { unlisten } = await client.sql.listen("only", () => {});
  assert.equal(client.sql.rotation.stats().pool.reserved, 1);
  await unlisten();
  // Both connections are the pool's again.
  const [a, b] = await Promise.all([client.sql.reserve(), client.sql.reserve()]);
  assert.equal(client.sql.rotation.stats().pool.reserved, 2);
  a.release();
  b.release();
});
