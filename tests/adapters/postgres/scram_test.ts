import assert from "node:assert/strict";
import fc from "fast-check";
import { codePointSet } from "../../../adapters/postgres/scram/code_points.ts";
import { preparePassword, saslprep } from "../../../adapters/postgres/scram/saslprep.ts";
import * as tables from "../../../adapters/postgres/scram/unicode_3_2.ts";
import { deriveVerifier, scramVerifier } from "../../../adapters/postgres/scram/verifier.ts";
import { isRekeyError } from "../../../core/errors.ts";
import { Secret } from "../../../core/secret.ts";

const bytes = (base64: string) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const utf8 = (text: string) => new TextEncoder().encode(text);
const pencil = new Secret("pencil");

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const cryptoKey = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign(algorithm, cryptoKey, utf8(text)));
}

Deno.test("the verifier proves RFC 7677's example exchange on both sides", async () => {
  const verifier = await scramVerifier(pencil, { salt: bytes("W22ZaJ0SNY7soEsUEjb6gQ==") });
  const [, storedKey, serverKey] = verifier.match(
    /^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$([^:]{44}):([^:]{44})$/,
  )!;
  const nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  const exchange = "n=user,r=rOprNGfwEbeRWgbNEkqO," +
    `r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`;

  // What the server does with the client's proof: take the key out of it and compare its hash.
  const signature = await hmac(bytes(storedKey!), exchange);
  const proof = bytes("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  const clientKey = proof.map((byte, i) => byte ^ signature[i]!);
  const hashed = new Uint8Array(await crypto.subtle.digest("SHA-256", clientKey));
  assert.deepEqual(hashed, bytes(storedKey!));

  assert.deepEqual(
    await hmac(bytes(serverKey!), exchange),
    new Uint8Array(bytes("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")),
  );
});

Deno.test("saslprep gives RFC 4013's examples, but leaves an ASCII control character", () => {
  assert.equal(saslprep("I\u00ADX"), "IX");
  assert.equal(saslprep("user"), "user");
  assert.equal(saslprep("USER"), "USER");
  assert.equal(saslprep("\u00AA"), "a");
  assert.equal(saslprep("\u2168"), "IX");
  assert.equal(saslprep("\u0007"), "\u0007"); // The RFC prohibits it; PostgreSQL passes all ASCII.
  assert.equal(saslprep("\u0627\u0031"), undefined);
});

const refused: Record<string, string> = {
  "a private use character": "\u00AA\uE000",
  "a non-character": "\u00AA\u{FFFFF}",
  "a lone surrogate": "\u00AA\uD800",
  "surrogates that only the mapping brings together": "\uD83D\u00AD\uDE00",
  "a character newer than Unicode 3.2": "\u00AA\u0221",
  "an emoji newer than Unicode 3.2": "\u00AA\u{1F600}",
  "a prohibited character that normalises to another": "\u00AA\u0340",
  "right-to-left text that starts with a digit": "1\uFB50",
  "right-to-left text that ends in a digit": "\uFB501",
  "right-to-left text around a left-to-right letter": "\u05D0a\u05D0",
  "nothing but characters that map to nothing": "\u00AD\u200D\uFEFF",
};
for (const [what, password] of Object.entries(refused)) {
  Deno.test(`saslprep refuses ${what}, and the password stays as it is`, () => {
    assert.equal(saslprep(password), undefined);
    assert.equal(preparePassword(password), password);
  });
}

const accepted: Record<string, [password: string, prepared: string]> = {
  "makes spaces ASCII": ["a\u00A0b\u3000c\u200Bd", "a b c d"],
  "normalises ligatures, full-width and decomposed letters": ["\uFB01\uFF21e\u0301", "fiA\u00E9"],
  "keeps right-to-left text with digits inside": ["\u05D01\u05D0", "\u05D01\u05D0"],
  "judges the letter, not the right-to-left one it normalises to": ["a\u2135", "a\u05D0"],
};
for (const [what, [password, prepared]] of Object.entries(accepted)) {
  Deno.test(`saslprep ${what}`, () => {
    assert.equal(saslprep(password), prepared);
    assert.equal(preparePassword(password), prepared);
  });
}

Deno.test("preparing a prepared password changes nothing", () => {
  // The clients without SASLprep, postgres.js among them, are given the prepared password.
  const unit = fc.mapToConstant({ num: 0x10000, build: (n) => String.fromCharCode(n) });
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 4 }), (password) => {
      const prepared = preparePassword(password);
      assert.equal(preparePassword(prepared), prepared);
    }),
    { numRuns: 1000 },
  );
});

// Facts of RFC 3454's appendices: how many code points a table has, its first and last range.
const facts = {
  unassigned: [879309, [0x221, 0x221], [0xE0080, 0xEFFFD]],
  prohibited: [139813, [0, 0x1F], [0xEFFFE, 0x10FFFF]],
  rightToLeft: [1044, [0x5BE, 0x5BE], [0xFE76, 0xFEFC]],
  leftToRight: [229973, [0x41, 0x5A], [0x100000, 0x10FFFD]],
  nonAsciiSpaces: [17, [0xA0, 0xA0], [0x3000, 0x3000]],
  mappedToNothing: [27, [0xAD, 0xAD], [0xFEFF, 0xFEFF]],
} as const;
for (const name of Object.keys(facts) as (keyof typeof facts)[]) {
  Deno.test(`the table ${name} has RFC 3454's extent and membership at every boundary`, () => {
    const set = codePointSet(tables[name]);
    const ranges = set.ranges();
    const size = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    assert.deepEqual([size, ranges[0], ranges.at(-1)], facts[name]);
    for (const [first, last] of ranges) {
      assert.ok(!set.has(first - 1) && set.has(first) && set.has(last) && !set.has(last + 1));
    }
  });
}

Deno.test("every verifier has its own 16-byte salt", async () => {
  const [one, other] = await Promise.all([scramVerifier(pencil), scramVerifier(pencil)]);
  assert.match(one, /^SCRAM-SHA-256\$4096:[\w+/]{22}==\$/);
  assert.notEqual(one, other);
});

Deno.test("the password is prepared before it is hashed", async () => {
  const salt = bytes("W22ZaJ0SNY7soEsUEjb6gQ==");
  const verifier = await scramVerifier(new Secret("I\u00AD\u2169"), { salt });
  assert.equal(verifier, await scramVerifier(new Secret("IX"), { salt }));
});

Deno.test("the iteration count is hashed with and written down", async () => {
  const salt = bytes("W22ZaJ0SNY7soEsUEjb6gQ==");
  const verifier = await scramVerifier(pencil, { salt, iterations: 5000 });
  assert.equal(verifier, await deriveVerifier("pencil", salt, 5000));
  assert.ok(verifier.startsWith("SCRAM-SHA-256$5000:"));
  assert.notEqual(verifier.split("$")[2], (await scramVerifier(pencil, { salt })).split("$")[2]);
});

Deno.test("a salt that changes during the hashing does not change the verifier", async () => {
  const salt = bytes("W22ZaJ0SNY7soEsUEjb6gQ==");
  const expected = await deriveVerifier("pencil", salt.slice(), 4096);
  const pending = scramVerifier(pencil, { salt });
  salt.fill(0);
  assert.equal(await pending, expected);
});

for (const password of ["", "hunter2\0"]) {
  Deno.test(`the password ${JSON.stringify(password)} is refused without a quote`, async () => {
    await assert.rejects(scramVerifier(new Secret(password)), (error) => {
      assert.ok(isRekeyError(error) && error.code === "INVALID_SECRET");
      assert.equal(error.field, "password");
      return !error.message.includes("hunter2");
    });
  });
}

for (const iterations of [4095, 0, -1, 4096.5, NaN, Infinity, 2 ** 31]) {
  Deno.test(`an iteration count of ${iterations} is refused with the value and the limit`, async () => {
    await assert.rejects(
      scramVerifier(pencil, { iterations }),
      (error) =>
        isRekeyError(error) && error.code === "INVALID_OPTION" &&
        error.message.includes("4096") && error.message.includes(`got ${iterations}`),
    );
  });
}

Deno.test("an empty salt is refused", async () => {
  await assert.rejects(
    scramVerifier(pencil, { salt: new Uint8Array() }),
    (error) => isRekeyError(error) && error.code === "INVALID_OPTION",
  );
});
