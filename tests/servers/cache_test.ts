import assert from "node:assert/strict";
import { cached } from "./common/cache.ts";

async function temporaryRoot() {
  const folder = await Deno.makeTempDir({ prefix: "rekey-cache-test-" });
  return {
    path: `${folder}/cache`,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

async function entries(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

Deno.test("builds that race for a cached folder end with one complete folder", async () => {
  await using root = await temporaryRoot();
  const everybody = Promise.withResolvers<void>();
  let building = 0;
  const build = async (folder: string) => {
    if (++building === 3) everybody.resolve();
    await everybody.promise;
    await Deno.writeTextFile(`${folder}/one`, "1");
    await Deno.writeTextFile(`${folder}/two`, "2");
  };
  const paths = await Promise.all([1, 2, 3].map(() => cached("thing", build, root.path)));
  assert.deepEqual(paths, Array(3).fill(`${root.path}/thing`));
  assert.deepEqual(await entries(root.path), ["thing"]);
  assert.deepEqual(await entries(`${root.path}/thing`), ["one", "two"]);
  await cached("thing", () => assert.fail("it is built again"), root.path);
});

Deno.test("a build that fails is reported, leaves nothing, and is tried again", async () => {
  await using root = await temporaryRoot();
  await assert.rejects(
    cached("thing", (folder) => {
      Deno.writeTextFileSync(`${folder}/one`, "1");
      throw new Error("disk full");
    }, root.path),
    /disk full/,
  );
  assert.deepEqual(await entries(root.path), []);
  await cached("thing", async () => {}, root.path);
  assert.deepEqual(await entries(root.path), ["thing"]);
});

Deno.test("the remains of a killed build go after a while, those of a running build stay", async () => {
  await using root = await temporaryRoot();
  await Deno.mkdir(root.path);
  const [killed, running] = [".building-thing.killed", ".building-thing.running"];
  for (const name of [killed, running]) await Deno.mkdir(`${root.path}/${name}`);
  const longAgo = new Date(Date.now() - 2 * 60 * 60 * 1000);
  await Deno.utime(`${root.path}/${killed}`, longAgo, longAgo);
  await cached("thing", async () => {}, root.path);
  assert.deepEqual(await entries(root.path), [running, "thing"]);
});

const isRoot = Deno.uid() === 0;
if (!isRoot) {
  console.warn("Not run: the test of a cache that belongs to another user. Only root can chown.");
}

Deno.test({
  name: "a cache that belongs to another user is refused",
  ignore: !isRoot,
  async fn() {
    await using root = await temporaryRoot();
    await Deno.mkdir(root.path);
    await Deno.chown(root.path, 65534, 65534);
    await assert.rejects(
      cached("thing", async () => {}, root.path),
      /must be a folder of uid 0, but it belongs to uid 65534.*REKEY_SERVERS_CACHE/,
    );
  },
});
