import assert from "node:assert/strict";
import postgres from "postgres";
import { Secret } from "../../mod.ts";
import { assertNoSecretIn, formsOf } from "../leaks.ts";

// The checker is only worth something if it finds what is there.

const password = `it's "quoted" \\ /+?%&=${crypto.randomUUID()}`;

const finds = (value: unknown) =>
  assert.throws(() => assertNoSecretIn(value, [password]), /a secret shows through/);

class Hidden {
  readonly #password = password;
  get password() {
    return this.#password;
  }
}
class Heir extends Hidden {
  override get password() {
    return "nothing";
  }
}
class BySymbol {
  readonly #password = password;
  get [Symbol.for("password")]() {
    return this.#password;
  }
}

const hidingPlaces: Readonly<Record<string, () => unknown>> = {
  "a text": () => `log line with ${password} in it`,
  "a plain object": () => ({ login: { password } }),
  "a key": () => ({ [password]: 1 }),
  "a symbol": () => ({ [Symbol(password)]: 1 }),
  "a property that is not enumerable": () =>
    Object.defineProperty({}, "password", { value: password }),
  "a property with a symbol that is not enumerable": () =>
    Object.defineProperty({}, Symbol("hidden"), { value: { password } }),
  "a getter of a class": () => new Hidden(),
  "a getter that an heir covers": () => new Heir(),
  "a getter with a symbol": () => new BySymbol(),
  "a function's property": () => Object.assign(() => {}, { options: { pass: password } }),
  "a map": () => new Map([["password", { password }]]),
  "a set in an array": () => [new Set([password])],
  "bytes": () => ({ body: new TextEncoder().encode(password) }),
  "bytes among others": () => ({ packet: new TextEncoder().encode(`p\0${password}\0`) }),
  "an error's message": () => new Error(`refused: ${password}`),
  "an error's cause": () =>
    new Error("outer", { cause: new Error("inner", { cause: { password } }) }),
  "an error's hidden property": () =>
    Object.defineProperty(new Error("refused"), "args", { value: [password] }),
  "an error's errors": () => new AggregateError([new Error(password)]),
  "a promise": () => Promise.resolve({ password }),
  "a custom inspection": () => ({ [Symbol.for("nodejs.util.inspect.custom")]: () => password }),
  "a toJSON": () => ({ toJSON: () => ({ password }) }),
  "a toString": () => ({ toString: () => password }),
  "a proxy's target": () => new Proxy({ password }, {}),
};

for (const [place, make] of Object.entries(hidingPlaces)) {
  Deno.test(`control: the checker finds a password in ${place}`, () => finds(make()));
}

Deno.test("control: the checker finds a password in every form", () => {
  for (const form of formsOf(password)) finds({ text: `before ${form} after` });
  // As a header of HTTP has it: neighbours move the digits.
  for (const user of ["u", "us", "use", "user"]) {
    const header = new TextEncoder().encode(`${user}:${password}!`).toBase64();
    finds({ authorization: `Basic ${header}` });
  }
  finds({ url: `postgres://user:${encodeURIComponent(password)}@host/db` });
  finds({ request: JSON.stringify({ body: JSON.stringify({ SecretString: password }) }) });
});

Deno.test("control: the checker finds a password that postgres.js was given as a text", async () => {
  const sql = postgres({ host: "127.0.0.1", port: 1, user: "app", password });
  finds(sql);
  finds(sql.options);
  await sql.end();
});

Deno.test("control: a url with a password puts it into an error", () => {
  let thrown: unknown;
  try {
    new URL(`postgres://app:${encodeURIComponent(password)}@bad host`);
  } catch (error) {
    thrown = error;
  }
  finds(thrown);
});

Deno.test("a Secret shows through nothing, and gives its value when asked", () => {
  const secret = new Secret(password);
  const holders = [secret, { secret }, [secret], new Map([[secret, secret]]), new Set([secret])];
  const errors = [new Error("outer", { cause: secret }), new AggregateError([secret])];
  for (const value of [...holders, ...errors, new Proxy(secret, {}), Object.create(secret)]) {
    assertNoSecretIn(value, [password]);
  }
  assert.equal(secret.reveal(), password);
});
