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

Deno.test("of those that race for a cached folder one builds, and all get it complete", async () => {
  await using root = await temporaryRoot();
  let built = 0;
  const build = async (folder: string) => {
    built++;
    await Deno.writeTextFile(`${folder}/one`, "1");
    await Deno.writeTextFile(`${folder}/two`, "2");
  };
  const paths = await Promise.all([1, 2, 3].map(() => cached("thing", build, root.path)));
  assert.deepEqual(paths, Array(3).fill(`${root.path}/thing`));
  assert.equal(built, 1);
  assert.deepEqual(await entries(root.path), [".lock-thing", "thing"]);
  assert.deepEqual(await entries(`${root.path}/thing`), ["one", "two"]);
  await cached("thing", () => assert.fail("it is built again"), root.path);
});

Deno.test("a process that builds is waited for by others, and replaced when it is killed", async () => {
  await using root = await temporaryRoot();
  const script = `
    import { cached } from ${JSON.stringify(import.meta.resolve("./common/cache.ts"))};
    await cached("thing", async (folder) => {
      await Deno.writeTextFile(folder + "/half", "");
      console.log("building");
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    }, ${JSON.stringify(root.path)});`;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", "--no-config", "--no-lock", script],
    stdout: "piped",
  }).spawn();
  const output = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assert.match(`${(await output.read()).value}`, /building/);

  let built = false;
  const waiting = cached("thing", () => Promise.resolve(void (built = true)), root.path);
  // Had it not to wait, it would have been built before the last of these.
  const others = [...Array(20).keys()].map((number) => `other-${number}`);
  for (const other of others) await cached(other, async () => {}, root.path);
  assert.equal(built, false);
  process.kill("SIGKILL");
  await process.status;
  await output.cancel();
  await waiting;
  assert.equal(built, true);
  assert.deepEqual(await entries(`${root.path}/thing`), []);
  const names = (await entries(root.path)).filter((name) => !name.includes("other-"));
  assert.deepEqual(names, [".lock-thing", "thing"]);
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
  assert.deepEqual(await entries(root.path), [".lock-thing"]);
  await cached("thing", async () => {}, root.path);
  assert.deepEqual(await entries(root.path), [".lock-thing", "thing"]);
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
