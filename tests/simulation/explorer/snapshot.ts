/** Copies and descriptions of opened state machines. */

/** The fields of a machine. */
export type Fields = Record<string, unknown>;

/** Older moments than this are told apart by their order only. */
const longAgoMs = 1_000;

/**
 * Copies every field of `from` but its functions and ports, which `to` was made with. What is opened
 * itself is copied field by field.
 */
export function copyFields<T extends object>(from: T, to: T): T {
  for (const [key, value] of Object.entries(from)) {
    if (value instanceof Map) (to as Fields)[key] = new Map(value);
    else if (value instanceof Set) (to as Fields)[key] = new Set(value);
    else if (isOpened(value)) copyFields(value, (to as Fields)[key] as object);
    else if (typeof value !== "function" && !isPort(value)) (to as Fields)[key] = value;
  }
  return to;
}

/**
 * All fields as a text: two machines with the same text behave alike from `nowMs` on.
 *
 * Fields named `...Ms` are moments. The code compares them with now, give or take a second at most,
 * and with each other: so they are written relative to now, and those more than a second ago by their
 * order. Everything else is written as it is, in the order in which maps and sets give it. A kind of
 * value that is not known here is an error: nothing can be left out without notice.
 */
export function describe(machine: object, nowMs: number): string {
  const old: number[] = [];
  collectOld(machine, nowMs, old);
  old.sort((a, b) => a - b);
  return write(machine, nowMs, old, "");
}

/** Whether this is a machine in whose files `#name` became `$name`. */
function isOpened(value: unknown): value is object {
  return typeof value === "object" && value !== null &&
    Object.keys(value).some((name) => name.startsWith("$"));
}

function isPort(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "next");
}

function isOld(key: string, value: unknown, nowMs: number): value is number {
  return key.endsWith("Ms") && Number.isFinite(value) && value as number <= nowMs - longAgoMs;
}

function collectOld(value: unknown, nowMs: number, old: number[]): void {
  if (typeof value !== "object" || value === null || isPort(value)) return;
  if (value instanceof Map) {
    for (const each of value.values()) collectOld(each, nowMs, old);
    return;
  }
  if (value instanceof Set || "versionId" in value) return;
  for (const key in value) {
    const field = (value as Fields)[key];
    if (isOld(key, field, nowMs)) {
      if (!old.includes(field)) old.push(field);
    } else collectOld(field, nowMs, old);
  }
}

function write(value: unknown, nowMs: number, old: readonly number[], key: string): string {
  if (isOld(key, value, nowMs)) return `<${old.indexOf(value)}`;
  if (typeof value === "number" && key.endsWith("Ms")) return `${value - nowMs}`;
  if (typeof value !== "object" || value === null) {
    return typeof value === "function" ? "" : `${value as string}`;
  }
  if (isPort(value)) return "";
  // Two credentials with the same version id are the same credential.
  if ("versionId" in value) return value.versionId as string;
  let text = "";
  if (value instanceof Map) {
    for (const [name, each] of value) text += `${name}:${write(each, nowMs, old, "")},`;
  } else if (value instanceof Set) {
    for (const each of value) text += `${write(each, nowMs, old, "")},`;
  } else {
    const prototype = Object.getPrototypeOf(value);
    if (key !== "" && prototype !== Object.prototype && !isOpened(value)) {
      throw new Error(`what is ${key}?`);
    }
    // A copy shares it: whoever changes it in place would change the other's, too.
    if (prototype === Object.prototype) Object.freeze(value);
    for (const name in value) text += `${write((value as Fields)[name], nowMs, old, name)};`;
  }
  return `(${text})`;
}
