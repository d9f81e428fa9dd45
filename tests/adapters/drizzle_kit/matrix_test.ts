/** Every release of drizzle-kit, on every runtime and database, through rotations. */

import assert from "node:assert/strict";
import { mysqlTests } from "../../servers/mysql/mod.ts";
import {
  finishRotation,
  type KitApp,
  type KitHouse,
  mysqlHouse,
  postgresHouse,
  rotate,
  rotateUntilSet,
} from "./houses.ts";
import { type Release, releases, unpackTarball } from "./installs.ts";
import { Project, type RunOptions, type RunResult, type Runtime } from "./project.ts";

/** What becomes of the secret, and how drizzle-kit is started then. */
interface Moment {
  readonly name: string;
  /** Returns what is to be done afterwards. */
  readonly before: (app: KitApp["app"]) => Promise<() => Promise<void>>;
  readonly migrate: Pick<RunOptions, "by" | "module">;
  readonly push: Pick<RunOptions, "by" | "module">;
  /** What the runner says about migrate. */
  readonly said: RegExp;
}

const moments: readonly Moment[] = [
  {
    name: "before a rotation",
    before: () => Promise.resolve(() => Promise.resolve()),
    migrate: { by: "itself", module: "client" },
    push: { by: "itself", module: "credentials" },
    said: /^(?!rekey)/m,
  },
  {
    name: "after one, between set and finish of the next",
    before: async (app) => {
      await rotate(app);
      const token = await rotateUntilSet(app);
      return () => finishRotation(app, token);
    },
    // The runner's second try, and the client's ladder.
    migrate: { by: "runner", module: "credentials" },
    push: { by: "itself", module: "client" },
    said: /^rekey: logged in with version \S+ \(pending, .* Refused: version \S+ \(current, /m,
  },
];

const runtimes: readonly Runtime[] = ["Deno", "Node"];
const tarball = await Deno.makeTempDir({ prefix: "rekey-drizzle-kit-tarball-" });
Deno.test.beforeAll(() => unpackTarball(tarball));
Deno.test.afterAll(() => Deno.remove(tarball, { recursive: true }));

for (const house of [postgresHouse(), mysqlHouse()]) {
  const register = house.dialect === "mysql"
    ? await mysqlTests("mysql")
    : (name: string, fn: () => Promise<void>) => Deno.test(`PostgreSQL: ${name}`, fn);
  for (const release of releases) {
    register(`generate, migrate and push of drizzle-kit ${release.name}`, async () => {
      // Two at a time: most of it is the start of programs.
      await Promise.all(runtimes.map((runtime) => liveThroughRotations(house, release, runtime)));
    });
  }
}

async function liveThroughRotations(
  house: KitHouse,
  release: Release,
  runtime: Runtime,
): Promise<void> {
  const { dialect } = house;
  await using kit = await house.app();
  const { app } = kit;
  await using project = await Project.create({ ...kit, release, runtime, dialect, tarball });
  const printed: RunResult[] = [];
  const run = async (command: string, options: RunOptions) => {
    const result = await project.run([command], options);
    printed.push(result);
    return result;
  };
  const passed: string[] = [];
  for (const [index, moment] of moments.entries()) {
    const tables = { migrated: index + 1, pushed: 0 };
    const afterwards = await moment.before(app);
    const generated = await run("generate", { by: "runner", tables });
    assert.equal(generated.code, 0, explain(generated));

    const migrated = await run("migrate", { ...moment.migrate, tables });
    assert.equal(migrated.code, 0, `${moment.name}: ${explain(migrated)}`);
    assert.ok((await kit.tables()).includes(`m${tables.migrated}`), explain(migrated));
    assert.match(migrated.stderr, moment.said);

    const more = { ...tables, pushed: index + 1 };
    const pushed = await run("push", { ...moment.push, tables: more });
    assert.equal(pushed.code, 0, `${moment.name}: ${explain(pushed)}`);
    assert.ok((await kit.tables()).includes(`p${index + 1}`), explain(pushed));
    await afterwards();
    passed.push(moment.name);
  }

  // Each release, runtime and database once: a login that fails takes two starts.
  if ((dialect === "mysql") !== (runtime === "Deno")) return report("");
  // What the store has is not what the database accepts, and nothing else is in it.
  await house.spoilPassword(app);
  const wrong = await run("migrate", { by: "runner", module: "credentials" });
  assert.notEqual(wrong.code, 0);
  const lines = wrong.stderr.split("\n").filter((line) => line.startsWith("rekey: "));
  assert.equal(lines.length, 1, explain(wrong));
  assert.match(
    lines[0]!,
    /^rekey: migrate failed: the server refuses the login\. Refused: version \S+ \(current, /,
  );

  report(`; a wrong secret: one line, exit code ${wrong.code}`);

  function report(more: string): void {
    assert.ok(app.passwords.length >= 3);
    for (const { stdout, stderr } of printed) {
      const found = app.passwords.some((password) => (stdout + stderr).includes(password));
      assert.ok(!found, "a password was printed");
    }
    const cell = [release.name.padEnd(10), runtime, dialect.padEnd(10)].join(" | ");
    console.log(`| ${cell} | generate, migrate, push: ${passed.join(", ")}${more}`);
  }
}

function explain({ code, stdout, stderr }: RunResult): string {
  return `exit code ${code}\n${stdout}\n${stderr}`;
}
