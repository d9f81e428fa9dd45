import assert from "node:assert/strict";
import plugin, { importFault } from "../../tools/lint_imports.ts";

/** The imports that the rule reports in a source. */
function faultsIn(file: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, file, source)
    .map(({ id, message }) => (assert.equal(id, "rekey/import-direction"), message));
}

const allowed: [file: string, specifier: string][] = [
  ["core/pool/pool.ts", "./ring.ts"],
  ["core/pool/pool.ts", "../clock.ts"],
  ["adapters/aws/client.ts", "../../core/errors.ts"],
  ["adapters/postgres/rotation/twin.ts", "../driver/port.ts"],
  ["adapters/postgres/driver/socket.ts", "node:net"],
  ["tests/core/secret_test.ts", "fast-check"],
  ["tools/lint_imports.ts", "typescript"],
  ["mod.ts", "./core/secret.ts"],
];

const refused: [file: string, specifier: string, message: RegExp][] = [
  [
    "core/clock.ts",
    "../adapters/aws/mod.ts",
    /core imports only core, not "adapters\/aws\/mod\.ts"/,
  ],
  ["core/clock.ts", "../mod.ts", /core imports only core/],
  ["core/clock.ts", "node:net", /imports no package: "node:net"/],
  ["core/clock.ts", "postgres", /imports no package: "postgres"/],
  ["core/clock.ts", "npm:postgres", /imports no package/],
  ["core/clock.ts", "https://example.com/x.ts", /imports no package/],
  ["adapters/postgres/classify.ts", "postgres", /imports no package/],
  ["adapters/postgres/classify.ts", "@rekey/orm", /imports no package/],
  ["adapters/postgres/classify.ts", "../aws/client.ts", /core and itself only/],
  ["adapters/postgres/driver/open.ts", "../../aws/client.ts", /core and itself only/],
  ["adapters/postgres/classify.ts", "../../tests/leaks.ts", /core and itself only/],
  ["adapters/postgres/classify.ts", "../postgres_more/x.ts", /core and itself only/],
];

Deno.test("imports in the right direction pass", () => {
  for (const [file, specifier] of allowed) {
    assert.deepEqual(faultsIn(file, `import { x } from "${specifier}"; x();`), []);
    assert.equal(importFault(file, specifier), undefined);
  }
});

Deno.test("imports in any other direction are reported, in every way of importing", () => {
  for (const [file, specifier, message] of refused) {
    const ways = [
      `import { x } from "${specifier}"; x();`,
      `import type { X } from "${specifier}"; export type Y = X;`,
      `import "${specifier}";`,
      `export { x } from "${specifier}";`,
      `export * from "${specifier}";`,
      `export const x = await import("${specifier}");`,
      `export const x = await import(\`${specifier}\`);`,
      `export type X = import("${specifier}").X;`,
    ];
    for (const way of ways) {
      const faults = faultsIn(file, way);
      assert.equal(faults.length, 1, `${file}: ${way}`);
      assert.match(faults[0]!, message);
    }
  }
});

Deno.test("a file is judged by its place in the repository, wherever that lies", () => {
  const root = decodeURIComponent(new URL("../..", import.meta.url).pathname);
  const source = 'import "../adapters/aws/mod.ts";';
  assert.match(faultsIn(`${root}core/clock.ts`, source)[0]!, /core imports only core/);
  assert.deepEqual(faultsIn(`${root}core/pool/pool.ts`, 'import "../clock.ts";'), []);
  // Folders of other projects, and of this one that only look like the published ones.
  for (
    const file of ["/home/core/x.ts", `${root}tests/core/x.ts`, `${root}bench/adapters/a/x.ts`]
  ) {
    assert.deepEqual(faultsIn(file, source), []);
  }
});

Deno.test("published code computes no names of imports", () => {
  const source = "export const x = (name: string) => import(name);";
  assert.match(faultsIn("core/clock.ts", source)[0]!, /computed/);
  assert.deepEqual(faultsIn("tests/x_test.ts", source), []);
});

Deno.test("exports without a source are no fault", () => {
  assert.deepEqual(faultsIn("core/clock.ts", "export const x = 1; export { x as y };"), []);
});
