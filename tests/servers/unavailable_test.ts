import assert from "node:assert/strict";
import { ServerUnavailableError, testsOn } from "./common/unavailable.ts";

const missing = () => Promise.reject(new ServerUnavailableError("There is none. Install it."));

/** Registers one test, and returns what became of it and what was printed. */
async function registered(find: () => Promise<unknown>, ci: boolean) {
  const definitions: Deno.TestDefinition[] = [];
  const printed: string[] = [];
  const test = await testsOn("SomeSQL", find, {
    ci,
    register: (definition) => void definitions.push(definition),
    warn: (text) => void printed.push(text),
  });
  let ran = false;
  test("it works", () => Promise.resolve(void (ran = true)));
  assert.equal(definitions.length, 1);
  return { definition: definitions[0]!, printed, ran: () => ran };
}

Deno.test("a test whose server is there is run", async () => {
  for (const ci of [false, true]) {
    const { definition, printed, ran } = await registered(() => Promise.resolve(), ci);
    assert.equal(definition.name, "SomeSQL: it works");
    assert.ok(!definition.ignore);
    await definition.fn(undefined!);
    assert.ok(ran());
    assert.deepEqual(printed, []);
  }
});

Deno.test("a test whose server is not there is ignored, and said to be", async () => {
  const { definition, printed } = await registered(missing, false);
  assert.equal(definition.ignore, true);
  assert.deepEqual(printed, ['NOT RUN: "SomeSQL: it works". There is none. Install it.']);
});

Deno.test("where all tests must be run, one whose server is not there fails", async () => {
  const { definition, ran } = await registered(missing, true);
  assert.ok(!definition.ignore);
  await assert.rejects(async () => await definition.fn(undefined!), /There is none\. Install it/);
  assert.ok(!ran());
});

Deno.test("a server that is there but broken is not one that is not there", async () => {
  const broken = () => Promise.reject(new Error("it does not run"));
  await assert.rejects(registered(broken, false), /it does not run/);
});

Deno.test("the variable CI decides what becomes of tests that cannot be run", async () => {
  const folder = await Deno.makeTempDir({ prefix: "rekey-unavailable-test-" });
  try {
    const module = import.meta.resolve("./common/unavailable.ts");
    const file = `${folder}/some_test.ts`;
    await Deno.writeTextFile(
      file,
      `import { ServerUnavailableError, testsOn } from ${JSON.stringify(module)};
       const test = await testsOn("SomeSQL", () => {
         throw new ServerUnavailableError("Install it.");
       });
       test("it works", async () => {});`,
    );
    for (const [ci, success] of [[undefined, true], ["false", true], ["1", false]] as const) {
      const { PATH, HOME, DENO_DIR } = Deno.env.toObject();
      const env = Object.entries({ PATH, HOME, DENO_DIR, CI: ci, NO_COLOR: "1" })
        .filter((entry): entry is [string, string] => entry[1] !== undefined);
      const output = await new Deno.Command(Deno.execPath(), {
        args: ["test", "--allow-env", "--no-config", "--no-lock", file],
        clearEnv: true,
        env: Object.fromEntries(env),
      }).output();
      const text = new TextDecoder().decode(output.stdout) +
        new TextDecoder().decode(output.stderr);
      assert.equal(output.success, success, text);
      assert.match(
        text,
        success
          ? /NOT RUN: "SomeSQL: it works"\. Install it\.[\s\S]*1 ignored/
          : /ServerUnavailableError: Install it/,
      );
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
