import assert from "node:assert/strict";
import fc from "fast-check";
import postgres from "postgres";
import { codePointSet } from "../../../adapters/postgres/scram/code_points.ts";
import { preparePassword } from "../../../adapters/postgres/scram/saslprep.ts";
import * as tables from "../../../adapters/postgres/scram/unicode_3_2.ts";
import { deriveVerifier, scramVerifier } from "../../../adapters/postgres/scram/verifier.ts";
import { Secret } from "../../../core/secret.ts";
import { startPostgres } from "../../servers/postgres/mod.ts";

const nasty = [
  "pencil",
  "it's a \"quoted\" \\ back\\slash $1 $$ E'\\x41'",
  " leading and trailing ",
  "\t\n\r\u0007\u007F",
  "md5 but not a hash",
  "x".repeat(5000),
  "I\u00ADX", // soft hyphen
  "\u00AA\u2168", // RFC 4013's examples
  "\uFB01\uFB03\uFF21\uFF11", // ligatures, full-width
  "e\u0301 \u00E9 \u1E9B\u0323 \uAC01 \u1100\u1161\u11A8", // composed, decomposed, Hangul
  "a\u0315\u0300\u05AEb", // canonical reordering
  "\u0301\u0308", // combining marks with nothing to combine with
  "a\u00A0b\u3000c\u200Bd\u200De",
  "\u00AD\u200D", // maps to nothing
  "\u200B",
  "\u00AA\u0221", // unassigned in Unicode 3.2
  "\u00AA\u{1F600}\u{1D7CB}",
  "\u00AA\uFFFD\uE000",
  "\u00AA\u{FFFFF}",
  "\u00AA\u0340", // prohibited, though what it normalises to is not
  "\u05D01\u05D0",
  "1\uFB50",
  "\uFB501",
  "\u05D0a\u05D0",
  "a\u2135", // normalises to a right-to-left letter
  "\uFDFA",
  "\uF951\u{2F868}\u{2F874}\u{2F91F}\u{2F95F}\u{2F9BF}", // decompositions that a corrigendum changed
  "\uD800\u00ADx",
  "\uD83D\u00AD\uDE00", // surrogates that the mapping would bring together
  "\u00AA\u{10FFFF}",
];

/** What the server makes of `password` sent in the clear, by a role that lives no longer. */
async function stored(sql: postgres.Sql, password: string): Promise<string> {
  const literal = `'${password.replaceAll("'", "''")}'`;
  await sql.unsafe(`CREATE ROLE probe PASSWORD ${literal}`);
  const [row] = await sql`SELECT rolpassword FROM pg_authid WHERE rolname = 'probe'`;
  await sql.unsafe("DROP ROLE probe");
  return row!.rolpassword;
}

/** Iterations and salt of a verifier. */
function parameters(verifier: string) {
  const [, iterations, salt] = verifier.match(/^SCRAM-SHA-256\$(\d+):([^$]+)\$/)!;
  return {
    iterations: Number(iterations),
    salt: Uint8Array.from(atob(salt!), (c) => c.charCodeAt(0)),
  };
}

async function assertSameAsServer(sql: postgres.Sql, password: string): Promise<void> {
  const expected = await stored(sql, password);
  assert.equal(await scramVerifier(new Secret(password), parameters(expected)), expected);
}

/** First and last code point of every range of a table, and their neighbours outside. */
function boundaries(table: string): number[] {
  return codePointSet(table).ranges().flatMap((
    [first, last],
  ) => [first - 1, first, last, last + 1]);
}

/**
 * For each code point at a boundary of a table, passwords in which its membership shows. U+00AA
 * normalises to `a` and is left-to-right, U+FB50 normalises to U+0671 and is right-to-left: the
 * server stores the normalised text if it accepts the code point beside them, else the raw one.
 */
function boundaryPasswords(): string[] {
  const codes = new Set(Object.values(tables).flatMap(boundaries));
  return [...codes]
    .filter((code) => code > 0 && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF))
    .map((code) => String.fromCodePoint(code))
    .flatMap((char) => [`\u00AA${char}`, `\uFB50${char}\uFB50`, `\uFB50${char}`, char]);
}

// Unicode strings rich in what SASLprep treats specially; "binary" has every code point but
// surrogates, most of them unassigned, "grapheme" what people type.
const special = fc.constantFrom(
  ..."\u00AD\u200B\u200D\u00A0\u3000\uFB01\uFF21\u0301\u0327\u00E9\u05D0\u0627\uFB50\u0661\u2135",
  ..."\u0340\u0221\u{1F600}\uE000\uFDFA\u1100\u1161\u11A8\uAC00\u{1D400}\u2126'\\\"$\u0001 aZ9",
);
const password = fc.oneof(
  fc.string({ unit: special, minLength: 1, maxLength: 12 }),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
  fc.string({ unit: "binary", minLength: 1, maxLength: 4 }),
  fc.array(
    fc.mapToConstant({ num: 0x3000, build: (n) => String.fromCodePoint(n + 1) }),
    { minLength: 1, maxLength: 6 },
  ).map((chars) => chars.join("")),
).filter((text) => text !== "" && !text.includes("\0"));

Deno.test("scramVerifier gives what PostgreSQL stores", async (t) => {
  await using server = await startPostgres();
  const sql = server.admin();

  for (const text of nasty) {
    await t.step(`for ${JSON.stringify(text.slice(0, 50))}`, () => assertSameAsServer(sql, text));
  }

  await t.step("for 200 generated passwords", async () => {
    const property = fc.asyncProperty(password, (text) => assertSameAsServer(sql, text));
    await fc.assert(property, { numRuns: 200 });
  });

  await t.step("at every boundary of every table", async () => {
    await sql`SET scram_iterations = 1`;
    const wrong: string[] = [];
    for (const text of boundaryPasswords()) {
      const expected = await stored(sql, text);
      const { salt, iterations } = parameters(expected);
      if (await deriveVerifier(preparePassword(text), salt, iterations) !== expected) {
        wrong.push(JSON.stringify(text));
      }
    }
    await sql`RESET scram_iterations`;
    assert.deepEqual(wrong, []);
  });

  await t.step(
    "and a role with the verifier logs in, once the driver sends it prepared",
    async () => {
      for (const text of ["it's pencil", "\uFB01\u00ADX\u00A0\u2168", "\u05D01"]) {
        const verifier = await scramVerifier(new Secret(text), { iterations: 8192 });
        await sql.unsafe(`CREATE ROLE probe LOGIN PASSWORD '${verifier}'`);
        // postgres.js has no SASLprep.
        const user = postgres({
          host: server.host,
          port: server.port,
          database: "postgres",
          user: "probe",
          password: preparePassword(text),
          max: 1,
        });
        try {
          assert.deepEqual([...await user`SELECT current_user AS me`], [{ me: "probe" }]);
        } finally {
          await user.end();
          await sql.unsafe("DROP ROLE probe");
        }
      }
    },
  );
});
