import assert from "node:assert/strict";
import fc from "fast-check";
import { maxIdentifierBytes, quoteIdentifier } from "../../../adapters/postgres/identifier.ts";
import { startPostgres } from "../../servers/postgres/mod.ts";

const bytes = (text: string) => new TextEncoder().encode(text).length;

Deno.test("a name is quoted, and its quotes are doubled", () => {
  assert.equal(quoteIdentifier("app"), '"app"');
  assert.equal(quoteIdentifier('a"b""c'), '"a""b""""c"');
  assert.equal(quoteIdentifier(`'; drop table x; --`), `"'; drop table x; --"`);
  assert.equal(quoteIdentifier("x".repeat(maxIdentifierBytes)).length, maxIdentifierBytes + 2);
});

Deno.test("what is no name is refused: empty, NUL, half a character, too many bytes", () => {
  const wrong = ["", "a\0b", "\uD800", "x\uDC00", "x".repeat(64), "ü".repeat(32), "🔑".repeat(16)];
  for (const name of wrong) {
    assert.throws(
      () => quoteIdentifier(name),
      { name: "RekeyError", code: "INVALID_IDENTIFIER", message: /expected 1 to 63 bytes/ },
    );
  }
});

Deno.test("every name that is quoted arrives at the server as it is", async () => {
  await using server = await startPostgres();
  const sql = server.admin();
  const tricky = fc.constantFrom(..."\"'\\$;-/* \t\nU&eE%_.()[]{}üß字🔑\u0301\u200B");
  const name = fc.oneof(
    fc.string({ unit: tricky, minLength: 1, maxLength: 30 }),
    fc.string({ unit: "binary", minLength: 1, maxLength: 30 }),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
  ).filter((text) => !text.includes("\0") && text.isWellFormed() && bytes(text) <= 63);
  const names = fc.uniqueArray(name, { minLength: 50, maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(names, async (names) => {
      const columns = names.map((name, index) => `${index} as ${quoteIdentifier(name)}`);
      const result = await sql.unsafe(`select ${columns.join(", ")}`);
      assert.deepEqual(result.columns.map((column) => column.name), names);
    }),
    { numRuns: 30 },
  );
});
