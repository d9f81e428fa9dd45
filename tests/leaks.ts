/** Looks for secrets on every way by which a value gets printed, logged or copied. */

import assert from "node:assert/strict";
import { Console } from "node:console";
import { Writable } from "node:stream";
import { format, inspect } from "node:util";

type Way = readonly [name: string, print: (value: unknown) => string];

const deep = { depth: 50, showHidden: true, strAbbreviateSize: 1e6, iterableLimit: 1e4 };

const inspectors: readonly Way[] = [
  ["Deno.inspect", (value) => Deno.inspect(value, { ...deep, getters: true, showProxy: true })],
  ["Deno.inspect, as the console does", (value) => Deno.inspect(value)],
  ["inspect", (value) => inspect(value)],
  [
    "inspect with everything",
    (value) =>
      inspect(value, {
        depth: 50,
        showHidden: true,
        getters: true,
        showProxy: true,
        maxStringLength: Infinity,
        maxArrayLength: Infinity,
      }),
  ],
  [
    "inspect without custom inspection",
    (value) => inspect(value, { depth: 50, showHidden: true, getters: true, customInspect: false }),
  ],
  ["a console", consoleText],
  [
    "inspect of a proxy",
    (value) =>
      isObject(value) ? inspect(new Proxy(value, {}), { showProxy: true, showHidden: true }) : "",
  ],
];

const writers: readonly Way[] = [
  ["JSON.stringify", (value) => JSON.stringify(value)],
  ["String", (value) => String(value)],
  ["a template in an array", (value) => `${[value]}`],
  ["%j", (value) => format("%j", value)],
  ["%o", (value) => format("%o", value)],
  ["%O", (value) => format("%O", value)],
  ["%s", (value) => format("%s", value)],
];

const copies: readonly Way[] = [
  ["a spread", (value) => isObject(value) ? inspectAll({ ...value }) : ""],
  ["Object.assign", (value) => inspectAll(Object.assign({}, value))],
  ["structuredClone", (value) => inspectAll(structuredClone(value))],
  ["a table", (value) => inspectAll(tableCells(value))],
  ["an array's text", (value) => inspectAll([value])],
  ["a map's text", (value) => inspectAll(new Map([["value", value]]))],
  ["a cause", (value) => inspectAll(new Error("outer", { cause: value }))],
];

/**
 * Asserts that none of `secrets` shows in `value`: by any inspector, serialiser or copy, in any
 * property, hidden or symbol, of anything that it leads to, nor in any form that is easily read
 * back (JSON, base64, URL, hexadecimal).
 */
export function assertNoSecretIn(value: unknown, secrets: readonly string[]): void {
  assert.ok(secrets.length > 0, "nothing to look for");
  const needles = secrets.flatMap((secret) => {
    assert.ok(secret.length >= 4, "a secret too short to be told from other text");
    return formsOf(secret);
  });
  const look = (where: string, text: string | undefined) => {
    const found = needles.find((needle) => text?.includes(needle));
    // The text itself is not shown: it may come from a real log.
    assert.ok(found === undefined, `a secret shows through ${where}`);
  };
  for (const [name, print] of [...inspectors, ...writers, ...copies]) {
    let text: string | undefined;
    try {
      text = print(value);
    } catch (error) {
      // Not everything can be cloned or written as JSON; what says so is looked at instead.
      text = `${(error as Error).message}`;
    }
    look(name, text);
  }
  for (const [path, text] of texts(value)) look(path, text);
}

/** A secret as it is, and in every form that is easily read back. */
export function formsOf(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const json = JSON.stringify(secret).slice(1, -1);
  const base64 = [0, 1, 2].map((offset) => base64At(offset, bytes));
  return [
    secret,
    json,
    // JSON in JSON: how a payload looks in the log of a request.
    JSON.stringify(json).slice(1, -1),
    inspect(secret).slice(1, -1),
    secret.replaceAll("'", "''"),
    encodeURIComponent(secret.toWellFormed()),
    String(new URLSearchParams({ "": secret.toWellFormed() })).slice(1),
    ...base64,
    ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
    bytes.toHex(),
    // How inspectors show bytes.
    bytes.toHex().replaceAll(/..(?!$)/g, "$& "),
    bytes.join(","),
    bytes.join(", "),
  ];
}

/** The digits that stand for `bytes` alone in the base64 of a text that has them at `offset`. */
function base64At(offset: number, bytes: Uint8Array): string {
  const padded = new Uint8Array([...new Uint8Array(offset), ...bytes]);
  return padded.toBase64().slice(Math.ceil(offset * 4 / 3), Math.floor(padded.length * 4 / 3));
}

/** What a console writes of a value by its various methods. */
function consoleText(value: unknown): string {
  let text = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  const console = new Console({ stdout: stream, stderr: stream });
  console.log(value);
  console.log("%s %o %O %j", value, value, value, isObject(value) ? Object.keys(value) : value);
  console.error(value);
  console.dir(value, { depth: 50, showHidden: true });
  console.table(isObject(value) ? value : [value]);
  return text;
}

/** Every string that is reachable by a property, and the way to it; keys and messages included. */
function* texts(root: unknown): Generator<[path: string, text: string]> {
  const seen = new Set<object>();
  const queue: [path: string, value: unknown][] = [["the value", root]];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [path, value] = next;
    if (typeof value === "string") yield [path, value];
    if (typeof value === "symbol") yield [path, value.description ?? ""];
    if (!isObject(value) || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof Map) queue.push([`${path}.entries()`, [...value].flat()]);
    if (value instanceof Set) queue.push([`${path}.values()`, [...value]]);
    if (value instanceof Uint8Array) yield [path, new TextDecoder().decode(value)];
    for (const key of Reflect.ownKeys(value)) {
      const at = `${path}.${String(key)}`;
      yield [`the key ${at}`, String(key)];
      try {
        queue.push([at, Reflect.get(value, key)]);
      } catch (error) {
        queue.push([`the error of ${at}`, error]);
      }
    }
    queue.push(...inherited(value));
  }
}

/** Getters of classes show what is hidden behind them. */
function inherited(self: object): [string, unknown][] {
  const found: [string, unknown][] = [];
  let prototype: unknown = Reflect.getPrototypeOf(self);
  while (isObject(prototype) && !isBuiltIn(prototype)) {
    for (const key of Reflect.ownKeys(prototype)) {
      const { get, value } = Reflect.getOwnPropertyDescriptor(prototype, key)!;
      try {
        const shown: unknown = get === undefined ? value : get.call(self);
        if (typeof shown !== "function") found.push([`the inherited ${String(key)}`, shown]);
      } catch (error) {
        found.push([`the error of the inherited ${String(key)}`, error]);
      }
    }
    prototype = Reflect.getPrototypeOf(prototype);
  }
  return found;
}

function tableCells(value: unknown): unknown[] {
  const rows = isObject(value) ? Object.entries(value) : [["0", value]];
  return rows.map(([key, row]) => [key, isObject(row) ? Object.entries(row) : row]);
}

function inspectAll(value: unknown): string {
  return inspect(value, { depth: 50, showHidden: true, getters: true, maxStringLength: Infinity });
}

function isBuiltIn(prototype: object): boolean {
  return prototype === Object.prototype || prototype === Function.prototype ||
    prototype === Array.prototype || prototype === Error.prototype;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
