import assert from "node:assert/strict";
import {
  cachingSha2Hash,
  nativeHash,
  shaCrypt,
} from "../../../adapters/mysql2/rotation/password_hash.ts";
import { Secret } from "../../../core/secret.ts";

Deno.test("SHA-crypt gives what the C library's crypt() gives", () => {
  const vectors = [
    ["Hello world!", "saltstring", 5_000, "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"],
    [
      "we have a short salt string but not a short password",
      "short",
      77_777,
      "JiO1O3ZpDAxGJeaDIuqCoEFysAe1mZNJRs3pw0KQRd/",
    ],
    [
      "it's a p\\w",
      "abcdefghijABCDEF",
      5_000,
      "pHu4AeeRQxQ.tVar8rwCTk6Mu39nXfzFJIUp3OGpbp7",
    ],
  ] as const;
  for (const [password, salt, rounds, expected] of vectors) {
    assert.equal(shaCrypt(password, salt, rounds), expected);
  }
});

Deno.test("a hash for caching_sha2_password has a salt of its own and characters that need no quoting", () => {
  const hashes = [1, 2].map(() => cachingSha2Hash(new Secret("it's \\ 🔑")));
  for (const hash of hashes) assert.match(hash, /^\$A\$005\$[./0-9A-Za-z]{20}[./0-9A-Za-z]{43}$/);
  assert.notEqual(hashes[0], hashes[1]);
});

Deno.test("a hash for mysql_native_password is what the server's PASSWORD() gave", () => {
  assert.equal(nativeHash(new Secret("123456")), "*6BB4837EB74329105EE4568DDA7DC67ED2CA2AD9");
});
