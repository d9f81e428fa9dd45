/** Comparing an answer with a recorded one whose changing values are placeholders. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";

const PLACEHOLDER = /<[a-z][a-z0-9 ]*>/g;
const WHOLE_PLACEHOLDER = /^<[a-z][a-z0-9 ]*>$/;
const BYTES = /^<bytes:([0-9a-f]*)>$/;

/** What the placeholders of one scenario stand for. */
export class Bindings {
  readonly #values = new Map<string, string>();

  /** Fixes what a placeholder stands for; two placeholders never stand for the same. */
  bind(placeholder: string, value: string): void {
    const taken = [...this.#values].find(([other, its]) => its === value && other !== placeholder);
    assert.equal(taken, undefined, `${placeholder} and ${taken?.[0]} are both ${value}`);
    this.#values.set(placeholder, value);
  }

  /** A request with the placeholders replaced. */
  fill(template: unknown): unknown {
    if (typeof template === "string") {
      const bytes = BYTES.exec(template);
      return bytes === null
        ? template.replace(PLACEHOLDER, (found) => this.#known(found))
        : new Uint8Array(Buffer.from(bytes[1]!, "hex"));
    }
    if (Array.isArray(template)) return template.map((item) => this.fill(item));
    if (!isFields(template)) return template;
    const filled = Object.entries(template).map(([key, value]) => [key, this.fill(value)]);
    return Object.fromEntries(filled);
  }

  /** Compares key for key, binding the placeholders that appear for the first time. */
  match(actual: unknown, template: unknown, path: string): void {
    if (Array.isArray(template)) {
      assert.ok(Array.isArray(actual), `${path} is a list`);
      assert.equal(actual.length, template.length, `length of ${path}`);
      template.forEach((item, index) => this.match(actual[index], item, `${path}[${index}]`));
    } else if (isFields(template)) {
      this.#matchFields(actual, template, path);
    } else if (template === "<date>") {
      const date = typeof actual === "number" ? new Date(actual * 1_000) : actual;
      assert.ok(date instanceof Date && date.getTime() > 0, `${path} is a date`);
    } else if (typeof template === "string" && BYTES.test(template)) {
      assert.ok(actual instanceof Uint8Array, `${path} is binary`);
      assert.equal(`<bytes:${Buffer.from(actual).toString("hex")}>`, template, path);
    } else if (typeof template === "string" && this.#isNew(template)) {
      assert.ok(typeof actual === "string" && actual !== "", `${path} is a text`);
      this.bind(template, actual);
    } else {
      assert.deepEqual(actual, this.fill(template), path);
    }
  }

  #matchFields(actual: unknown, template: Record<string, unknown>, path: string): void {
    assert.ok(isFields(actual), `${path} is a structure`);
    const expected = Object.entries(template).map(([key, value]) =>
      [String(this.fill(key)), value] as const
    );
    const keys = Object.keys(actual).filter((key) => actual[key] !== undefined);
    assert.deepEqual(keys.sort(), expected.map(([key]) => key).sort(), `fields of ${path}`);
    for (const [key, value] of expected) this.match(actual[key], value, `${path}.${key}`);
  }

  #isNew(template: string): boolean {
    return WHOLE_PLACEHOLDER.test(template) && !this.#values.has(template);
  }

  #known(placeholder: string): string {
    const value = this.#values.get(placeholder);
    assert.ok(value !== undefined, `${placeholder} stands for nothing yet`);
    return value;
  }
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof Date) && !(value instanceof Uint8Array);
}
