import assert from "node:assert/strict";
import fc from "fast-check";
import { Secret } from "../../core/secret.ts";
import { assertNoSecretIn } from "../leaks.ts";

const value = "correct horse battery staple";

Deno.test("a secret shows on no way of printing, alone or inside of something", () => {
  const secret = new Secret(value);
  class Holder {
    readonly shown = secret;
    readonly #hidden = secret;
    get hidden(): Secret {
      return this.#hidden;
    }
  }
  const holders = [
    secret,
    { secret },
    [secret],
    new Map([["key", secret]]),
    new Set([secret]),
    new Holder(),
    new Error("failed", { cause: secret }),
    Object.assign(new Error("failed"), { secret }),
    Object.defineProperty({}, "hidden", { value: secret }),
    { [Symbol("key")]: secret },
    Object.create({ inherited: secret }),
    new Proxy({ secret }, {}),
    () => secret,
    { text: `${secret}`, sum: "" + secret, json: JSON.stringify({ secret }) },
  ];
  for (const holder of holders) assertNoSecretIn(holder, [value]);
});

Deno.test("the search for leaks finds what other representations of a secret leak", () => {
  class Private {
    private readonly value = value;
  }
  class Getter {
    readonly #value = value;
    get shown(): string {
      return this.#value;
    }
  }
  const leaking: Record<string, unknown> = {
    "a text": `the password is ${value}`,
    "a property": { deep: { deeper: { value } } },
    "a private property": new Private(),
    "a getter": new Getter(),
    "an own getter": {
      get value() {
        return value;
      },
    },
    "a hidden property": Object.defineProperty({}, "value", { value }),
    "a symbol's property": { [Symbol("key")]: value },
    "a symbol's name": { [Symbol(value)]: 1 },
    "a key": { [value]: 1 },
    "a map": new Map([["a", { value }]]),
    "a map's key": new Map([[value, 1]]),
    "a set": new Set([value]),
    "a message": new Error(`no ${value}`),
    "a cause": new Error("outer", { cause: new Error("inner", { cause: value }) }),
    "a hidden property of an error": Object.defineProperty(new Error("x"), "query", { value }),
    "an aggregate": new AggregateError([new Error(value)]),
    "bytes": new TextEncoder().encode(value),
    "JSON": { toJSON: () => value },
    "a text of its own": { toString: () => value },
    "base64": btoa(value),
    "a URL": encodeURI(value),
    "a function's property": Object.assign(() => {}, { value }),
    "an object without prototype": Object.assign(Object.create(null), { value }),
    "a proxy": new Proxy({ value }, {}),
    "a long list": [...Array(2000).fill("x"), value],
    "a long text": "x".repeat(50_000) + value,
  };
  for (const [what, holder] of Object.entries(leaking)) {
    assert.throws(() => assertNoSecretIn(holder, [value]), /a secret shows/, what);
  }
  assert.throws(() => assertNoSecretIn({}, []), /nothing to look for/);
});

Deno.test("a secret says so in place of its value, and reveals it when asked", () => {
  const secret = new Secret(value);
  assert.equal(`${secret}`, "[secret]");
  assert.equal(JSON.stringify([secret]), '["[secret]"]');
  assert.equal(Deno.inspect({ secret }), "{ secret: [secret] }");
  assert.equal(secret.reveal(), value);
  assert.ok(Object.isFrozen(secret));
});

Deno.test("equals() tells secrets apart, where structural comparison does not", () => {
  assert.deepEqual(new Secret("one"), new Secret("two"));
  const unicode = fc.string({ unit: "binary" });
  fc.assert(fc.property(unicode, unicode, (a, b) => {
    assert.equal(new Secret(a).equals(new Secret(b)), a === b);
    assert.ok(new Secret(a).equals(new Secret(a)));
    assert.ok(!new Secret(a).equals(new Secret(`${a}\0`)));
    assert.ok(!new Secret(`\0${a}`).equals(new Secret(a)));
  }));
});

Deno.test("only a secret of this class is one, whatever another object claims", () => {
  assert.ok(Secret.is(new Secret("")));
  const pretender = Object.create(Secret.prototype);
  for (const other of [pretender, null, undefined, "text", {}, { reveal: () => "x" }]) {
    assert.ok(!Secret.is(other));
  }
  assert.throws(() => pretender.reveal(), TypeError);
});
