import assert from "node:assert/strict";
import fc from "fast-check";
import { RekeyError } from "../../core/errors.ts";
import { Secret } from "../../core/secret.ts";
import { type ParseOptions, parseSecretPayload, replaceLogin } from "../../core/secret_payload.ts";

const least = { username: "app", password: "s3cret" };
const parse = (fields: object, options?: ParseOptions) =>
  parseSecretPayload(JSON.stringify({ ...least, ...fields }), options);

Deno.test("every field that RDS writes is read", () => {
  const payload = parse({
    engine: "postgres",
    host: "db.internal",
    port: 5432,
    dbname: "shop",
    masterarn: "arn:admin",
    ssl: true,
    dbInstanceIdentifier: "left out",
  });
  const { password, ...rest } = payload;
  assert.equal(password.reveal(), "s3cret");
  assert.deepEqual(rest, {
    username: "app",
    engine: "postgres",
    host: "db.internal",
    port: 5432,
    database: "shop",
    adminSecretId: "arn:admin",
    ssl: true,
  });
  assert.ok(Object.isFrozen(payload));
});

Deno.test("texts, bytes and secrets are read alike", () => {
  const json = JSON.stringify(least);
  for (const value of [json, new TextEncoder().encode(json), new Secret(json)]) {
    assert.equal(parseSecretPayload(value).username, "app");
  }
});

Deno.test("fields that are missing, null or left blank are absent, not undefined", () => {
  for (const nothing of [{}, { host: null, port: null, ssl: null }, { host: "", dbname: "" }]) {
    assert.deepEqual(Object.keys(parse(nothing)).sort(), ["password", "username"]);
  }
});

Deno.test("ports and flags may be texts", () => {
  assert.equal(parse({ port: "5432" }).port, 5432);
  for (const [ssl, read] of [["true", true], ["false", false], [true, true], [false, false]]) {
    assert.equal(parse({ ssl }).ssl, read);
  }
});

Deno.test("an engine that the reader cannot use is refused, one that is missing passes", () => {
  assert.equal(parse({ engine: "mariadb" }).engine, "mariadb");
  assert.equal(parse({}, { engines: ["postgres"] }).engine, undefined);
  assert.throws(
    () => parse({ engine: "mariadb" }, { engines: ["postgres"] }),
    { code: "INVALID_SECRET", field: "engine", message: /is none of postgres\./ },
  );
});

const wrong: [fields: object, field: string][] = [
  [{ username: "" }, "username"],
  [{ username: undefined }, "username"],
  [{ username: { toString: "app" } }, "username"],
  [{ password: null }, "password"],
  [{ password: 7 }, "password"],
  [{ password: "a\0b" }, "password"],
  [{ host: ["a"] }, "host"],
  [{ port: 0 }, "port"],
  [{ port: 65_536 }, "port"],
  [{ port: 5432.5 }, "port"],
  [{ port: "0x15" }, "port"],
  [{ port: " 5432" }, "port"],
  [{ port: true }, "port"],
  [{ dbname: {} }, "dbname"],
  [{ masterarn: 1 }, "masterarn"],
  [{ ssl: "yes" }, "ssl"],
  [{ ssl: 1 }, "ssl"],
  [{ engine: "oracle" }, "engine"],
];
for (const [fields, field] of wrong) {
  Deno.test(`${JSON.stringify(fields)} is refused, naming ${field}`, () => {
    assert.throws(() => parse(fields), { name: "RekeyError", code: "INVALID_SECRET", field });
  });
}

Deno.test("what is no JSON object, no UTF-8 or far too long is refused", () => {
  const values = [
    "",
    "hunter2",
    "[]",
    "null",
    '"text"',
    "1",
    Uint8Array.of(0x7b, 0xff, 0x7d),
    JSON.stringify({ ...least, padding: "x".repeat(65_536) }),
  ];
  for (const value of values) {
    assert.throws(() => parseSecretPayload(value), { code: "INVALID_SECRET", field: undefined });
  }
});

Deno.test("properties that every object inherits are no fields", () => {
  assert.throws(() => parseSecretPayload("{}"), { field: "username" });
  const json = '{"__proto__":{"username":"app","password":"s3cret","port":1}}';
  assert.throws(() => parseSecretPayload(json), { field: "username" });
});

/** Values as they occur in secrets, and anything else; long enough not to be in any message. */
const odd = fc.string({ unit: "binary", minLength: 1 }).map((text) => `~§${text}§~`);
const fieldNames = fc.constantFrom(
  "username",
  "password",
  "engine",
  "host",
  "port",
  "dbname",
  "masterarn",
  "ssl",
  "__proto__",
  "other",
);
const secretish = fc.dictionary(
  fieldNames,
  fc.oneof(odd, fc.jsonValue(), fc.constant(null), fc.integer(), fc.boolean()),
);

/** The longer texts in a value, at any depth. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return value.startsWith("~§") ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

Deno.test("whatever is read, only INVALID_SECRET is thrown, and no value is in it", () => {
  const values = fc.oneof(
    secretish.map((fields) => ({ json: JSON.stringify(fields), texts: textsIn(fields) })),
    fc.json().map((json) => ({ json, texts: [] as string[] })),
    odd.map((json) => ({ json, texts: [json] })),
    odd.map((text) => ({ json: `{"password": "${text}`, texts: [text] })),
  );
  fc.assert(
    fc.property(values, ({ json, texts }) => {
      try {
        const payload = parseSecretPayload(json);
        assert.ok(payload.username !== "" && payload.password.reveal() !== "");
      } catch (error) {
        assert.ok(error instanceof RekeyError, String(error));
        assert.equal(error.code, "INVALID_SECRET");
        assert.equal(error.cause, undefined);
        for (const text of texts) {
          assert.ok(!error.message.includes(text) && !`${error.stack}`.includes(text));
        }
      }
    }),
    { numRuns: 2000 },
  );
  const bytes = fc.uint8Array({ maxLength: 200 });
  fc.assert(fc.property(bytes, (value) => {
    assert.throws(() => parseSecretPayload(value), { code: "INVALID_SECRET" });
  }));
});

Deno.test("replaceLogin changes the login and keeps every other field", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), odd, (fields, password) => {
      const value = new Secret(JSON.stringify(fields));
      const replaced = replaceLogin(value, "next", new Secret(password));
      const expected = { ...JSON.parse(value.reveal()), username: "next", password };
      assert.deepEqual(JSON.parse(replaced.reveal()), expected);
    }),
  );
  assert.throws(
    () => replaceLogin(new Secret("garbage"), "next", new Secret("x")),
    { code: "INVALID_SECRET" },
  );
});
