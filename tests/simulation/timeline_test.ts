import assert from "node:assert/strict";
import { timelines } from "./timelines.ts";

const seed = 7;
const runs = 20;
const program = new URL("./timeline.ts", import.meta.url).pathname;

async function output(command: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.ok(success, `${command} ${args.join(" ")}\n${decode(stderr)}`);
  return decode(stdout);
}

Deno.test("a seed gives the same timelines twice, and the same ones on Node", async () => {
  const first = await timelines(seed, runs);
  assert.equal(first.match(/^schedule \d+$/gm)?.length, runs);
  same(await timelines(seed, runs), first);

  const folder = await Deno.makeTempDir({ prefix: "rekey-timeline-" });
  try {
    const bundle = `${folder}/timeline.mjs`;
    await output(Deno.execPath(), "bundle", "--quiet", "--output", bundle, program);
    same(await output("node", bundle, `${seed}`, `${runs}`), first);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Says where two texts part: a difference of megabytes would say nothing. */
function same(actual: string, expected: string): void {
  if (actual === expected) return;
  const [a, b] = [actual.split("\n"), expected.split("\n")];
  const line = a.findIndex((text, index) => text !== b[index]);
  assert.deepEqual(a.slice(line - 5, line + 3), b.slice(line - 5, line + 3), `line ${line + 1}`);
  assert.equal(a.length, b.length);
}
