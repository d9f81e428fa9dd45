/** The callable `sql` and what hangs on it, for a pool or for one connection. */

import { readFile } from "node:fs/promises";
import type { Front } from "./driver/front.ts";
import type { DriverQuery, DriverSql } from "./driver/port.ts";
import type { RotatingQuery, RotatingQueryClass } from "./driver/rotating_query.ts";

/** Sends a statement. */
export type Handler = ((query: DriverQuery) => void) & { debug?: unknown };

/** What makes a `sql`. */
export interface SqlParts<S extends DriverSql> {
  readonly front: Front<S>;
  readonly Query: RotatingQueryClass;
  readonly cancel: (query: DriverQuery) => unknown;
}

/** The part of `sql` that is the same for pool, transaction and reserved connection. */
export interface BasicSql {
  (strings: unknown, ...args: unknown[]): RotatingQuery;
  unsafe(text: string, args?: unknown[], options?: Record<string, unknown>): RotatingQuery;
}

/** Makes a `sql` whose statements go to `handler`. */
export function makeSql<S extends DriverSql>(
  { front, Query, cancel }: SqlParts<S>,
  handler: Handler,
): BasicSql {
  const driver = front.sql as unknown as ((...args: unknown[]) => RotatingQuery) & {
    readonly [key: string]: unknown;
  };
  handler.debug = front.options.debug;

  const sql = (strings: unknown, ...args: unknown[]) =>
    isTemplate(strings)
      ? new Query(strings, args, handler, cancel)
      // Identifiers and helpers, which are no statements.
      : driver(strings, ...args);

  const unsafe = (
    text: string,
    args: unknown[] | Record<string, unknown> = [],
    options: Record<string, unknown> = {},
  ) => {
    const given = sortOut(args, options);
    return new Query([text], given.values, handler, cancel, { prepare: false, ...given.options });
  };

  const file = (
    path: string | URL,
    args: unknown[] | Record<string, unknown> = [],
    options: Record<string, unknown> = {},
  ) => {
    const read = (query: DriverQuery) => {
      readFile(path, "utf8").then((text) => {
        Object.assign(query, { strings: [text] });
        handler(query);
      }).catch((error) => query.reject(error));
    };
    const given = sortOut(args, options);
    return new Query([], given.values, read, cancel, given.options);
  };

  const { types, typed, array, json } = driver;
  return Object.assign(sql, {
    unsafe,
    file,
    types,
    typed,
    array,
    json,
    async notify(channel: string, payload: string) {
      return await sql(template`select pg_notify(${0}, ${1})`, channel, `${payload}`);
    },
  });
}

/** As in the driver: options may stand in the place of values, and without values it is `simple`. */
function sortOut(args: unknown[] | Record<string, unknown>, options: Record<string, unknown>) {
  const given = Array.isArray(args) ? options : args;
  const values = Array.isArray(args) ? args : [];
  const simple = "simple" in given ? given.simple : values.length === 0;
  return { values, options: { ...given, simple } };
}

/** Whether a `sql` was called as the tag of a template. */
export function isTemplate(value: unknown): value is readonly string[] {
  return Array.isArray((value as { raw?: unknown } | undefined)?.raw);
}

/** The strings of a template, to be used with other values. */
function template(strings: TemplateStringsArray, ..._places: number[]): TemplateStringsArray {
  return strings;
}
