/** Looks for secrets on every way by which a value gets printed, logged or copied. */

import assert from "node:assert/strict";
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

function formsOf(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret.toWellFormed()),
    btoa(binary).replaceAll("=", ""),
    bytes.toHex(),
    secret.replaceAll("'", "''"),
  ];
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
    const prototype: unknown = Reflect.getPrototypeOf(value);
    if (isObject(prototype) && !isBuiltIn(prototype)) queue.push(...inherited(prototype, value));
  }
}

/** Getters of a class show what is hidden behind them. */
function inherited(prototype: object, self: object): [string, unknown][] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([key, { get }]) => {
    try {
      return get === undefined ? [] : [[`the getter ${key}`, get.call(self)] as [string, unknown]];
    } catch {
      return [];
    }
  });
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
