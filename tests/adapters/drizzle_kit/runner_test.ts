/** What the runner does besides logging in. The matrix is in a file of its own. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { pollUntil } from "../../servers/common/poll.ts";
import { freePort } from "../../servers/common/port.ts";
import { postgresHouse, rotate } from "./houses.ts";
import { releases } from "./installs.ts";
import { Project, type RunOptions } from "./project.ts";

const house = postgresHouse();
const [older] = releases;
const byRunner: RunOptions = { by: "runner", module: "credentials" };
/** No test waits for as long as this. */
const withinMs = 60_000;

async function project(password?: string) {
  const kit = await house.app(password);
  const made = await Project.create({
    ...kit,
    release: older!,
    runtime: "Deno",
    dialect: house.dialect,
    tarball: "",
  });
  return {
    ...kit,
    project: made,
    async [Symbol.asyncDispose]() {
      await made[Symbol.asyncDispose]();
      await kit[Symbol.asyncDispose]();
    },
  };
}

/** The lines of the runner itself. */
function said(stderr: string): string[] {
  return stderr.split("\n").filter((line) => line.startsWith("rekey: "));
}

Deno.test("what drizzle-kit keeps to itself is said, and its exit code passed on", async () => {
  await using kit = await project();
  assert.equal((await kit.project.run(["generate"], byRunner)).code, 0);
  assert.equal((await kit.project.run(["push"], { by: "runner", module: "client" })).code, 0);
  const { code, stdout, stderr } = await kit.project.run(["migrate"], byRunner);
  assert.equal(code, 1);
  assert.deepEqual(said(stderr), [
    'rekey: migrate failed: PostgresError 42P07: relation "m1" already exists',
  ]);
  // If this begins to fail, drizzle-kit says it by now.
  assert.ok(!stdout.includes("already exists"));
  assert.equal((await kit.project.run(["no-such-command"], byRunner)).code, 1);
});

Deno.test("a secret that drizzle-kit prints is taken out, however it is written and cut", async () => {
  const password = `aa"b'c\\d/e f%g+h`;
  await using kit = await project(password);
  const noisy = `
import config from "./drizzle.config.ts";
const { password } = config.dbCredentials;
const forms = [password, encodeURIComponent(password), JSON.stringify({ password })];
for (const form of forms) process.stdout.write(\`<\${form}>\`);
for (const letter of \`<\${password}>\`) process.stdout.write(letter);
console.error(config.dbCredentials, \`<\${password}>\`);
const given = [...Object.values(process.env), ...process.argv].join();
console.error("given:", given.includes(password));
export default config;
`;
  await Deno.writeTextFile(join(kit.project.folder, "noisy.config.ts"), noisy);
  const printed = await kit.project.run(["push", "--config=noisy.config.ts"], byRunner);
  assert.equal(printed.code, 0, printed.stderr);
  assert.equal(
    printed.stdout.match(/<\[secret\]><\[secret\]><\{"password":"\[secret\]"\}><\[secret\]>/)
      ?.length,
    1,
    "not scrubbed",
  );
  assert.match(printed.stderr, /<\[secret\]>/);
  assert.match(printed.stderr, /\[Getter\]/);
  // It came through a pipe.
  assert.match(printed.stderr, /given: false/);
});

Deno.test("a secret that cannot be had is one line, and a code that is not 0", async () => {
  await using kit = await project();
  const { app } = kit;
  const match = { accessKeyId: "project" };
  const denied = app.double.inject({ match, kind: "access-denied" });
  const first = await kit.project.run(["migrate"], byRunner);
  denied.remove();
  assert.equal(first.code, 1);
  assert.equal(said(first.stderr).length, 1, first.stderr);
  assert.match(said(first.stderr)[0]!, /^rekey: migrate did not run: .*secret-\d+/);

  const missing = { ...byRunner, env: { MODULE: "missing" } };
  const second = await kit.project.run(["migrate"], missing);
  assert.equal(second.code, 1);
  assert.match(said(second.stderr).join("\n"), /^rekey: migrate did not run: .*db\/missing\.ts.*$/);
});

Deno.test("studio is started again when another version is current, and ends by a signal", async () => {
  await using kit = await project();
  const port = freePort();
  const env = { TTL_MS: "200" };
  const studio = kit.project.command(["studio", `--port=${port}`], { ...byRunner, env }).spawn();
  const [stdout, stderr] = [collect(studio.stdout), collect(studio.stderr)];
  const running = (times: number) =>
    pollUntil(
      withinMs,
      () => Promise.resolve(stdout.text.split("Studio is up and running").length > times),
      () => `studio was not started ${times} times\n${stdout.text}\n${stderr.text}`,
    );
  const ask = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ type: "proxy", data: { sql: "select 42 as x", method: "all" } }),
    });
    return await response.json();
  };
  try {
    await running(1);
    assert.deepEqual(await ask(), [{ x: 42 }]);
    await rotate(kit.app);
    await running(2);
    // With the password of before it would be refused by now.
    assert.deepEqual(await ask(), [{ x: 42 }]);
    assert.match(said(stderr.text).join("\n"), /^rekey: another version .*$/);
  } finally {
    studio.kill("SIGTERM");
    await Promise.all([stdout.ended, stderr.ended]);
  }
  const { code } = await studio.status;
  assert.equal(code, 128 + 15);
  await assert.rejects(ask(), TypeError);
  for (const password of kit.app.passwords) {
    assert.ok(!(stdout.text + stderr.text).includes(password), "a password was printed");
  }
});

/** What a stream has said so far. */
function collect(stream: ReadableStream<Uint8Array>) {
  const collected = { text: "", ended: Promise.resolve() };
  collected.ended = stream.pipeThrough(new TextDecoderStream() as never).pipeTo(
    new WritableStream<string>({
      write(text) {
        collected.text += text;
      },
    }),
  );
  return collected;
}
