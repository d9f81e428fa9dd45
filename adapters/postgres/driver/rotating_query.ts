/** The driver's statement class, made to go where our pool sends it. */

import type { Waiter } from "../../../core/pool/waiter.ts";
import { Delivery } from "../../../core/statement/delivery.ts";
import { denseRows } from "./dense_rows.ts";
import type { CopyStream } from "./copy_stream.ts";
import type { Physical } from "./physical.ts";
import type { DriverQuery, DriverQueryClass } from "./port.ts";

/** A statement of ours. */
export interface RotatingQuery extends DriverQuery {
  /** Its place in the queue of the pool, while it waits there. */
  waiter: Waiter<Physical> | undefined;
  /** The connection that it was sent on last. */
  physical: Physical | undefined;
  /** The driver's own resolve and reject, while ours stand in their place. */
  driverResolve: ((value: unknown) => void) | undefined;
  driverReject: ((error: unknown) => void) | undefined;
  /** How it failed, for a cursor that nobody was waiting on at that moment. */
  failure: unknown;
  /** How far it got, and whether it may be sent again. */
  delivery: Delivery;
  isRaw?: unknown;
  forEachFn?: unknown;
  onlyDescribe?: unknown;
  /** Set for a cursor. */
  cursorFn?: ((rows: unknown) => unknown) | undefined;
  /** Set for COPY. */
  streaming?: unknown;
  /** The stream of a COPY that has begun. */
  copy?: CopyStream;
}

/** Our subclass of the driver's Query. */
export type RotatingQueryClass = new (
  ...args: ConstructorParameters<DriverQueryClass>
) => RotatingQuery;

interface WithCursor {
  cursor(rows: unknown, fn?: unknown): RotatingQuery | AsyncIterable<unknown>;
}
type Base = new (...args: never[]) => RotatingQuery & WithCursor;

const then = Promise.prototype.then;

/**
 * Derives the class. Statements that are begun in the same tick are handed over in one microtask,
 * instead of an async function each as in the driver: that is what makes up for the pool's work.
 */
export function rotatingQueryClass(Query: DriverQueryClass): RotatingQueryClass {
  let begun: DriverQuery[] = [];
  const flush = () => {
    const queries = begun;
    begun = [];
    for (const query of queries) {
      try {
        query.handler(query);
      } catch (error) {
        // The others of this tick are not to be lost with it.
        query.reject(error);
      }
    }
  };
  return class RotatingQuery extends (Query as unknown as Base) {
    override waiter: Waiter<Physical> | undefined = undefined;
    override physical: Physical | undefined = undefined;
    override driverResolve: ((value: unknown) => void) | undefined = undefined;
    override driverReject: ((error: unknown) => void) | undefined = undefined;
    override failure: unknown = undefined;
    override delivery = new Delivery();

    /** The driver's `handle`, which every way of starting a statement comes down to. */
    handle(): void {
      if (this.executed) return;
      this.executed = true;
      begun.push(this);
      if (begun.length === 1) queueMicrotask(flush);
    }

    // deno-lint-ignore no-explicit-any
    override then(...args: any): any {
      if (!this.executed) this.handle();
      return then.apply(this, args);
    }

    /** The driver's cursor, made to end with an error when its connection is lost. */
    override cursor(rows: unknown = 1, fn?: unknown) {
      const cursor = super.cursor(rows, fn);
      if (!isIterable(cursor)) {
        this.cursorFn = whileAlive(this, this.cursorFn!);
        return cursor;
      }
      return { [Symbol.asyncIterator]: () => iterate(this, cursor[Symbol.asyncIterator]()) };
    }
  } as unknown as RotatingQueryClass;
}

function isIterable(value: object): value is AsyncIterable<unknown> {
  return Symbol.asyncIterator in value;
}

/**
 * The driver's iterator ends as if all rows had come when the connection is lost between two batches,
 * and asking it for more would write to a socket that is gone, which ends the process.
 */
function iterate(query: RotatingQuery, inner: AsyncIterator<unknown>): AsyncIterator<unknown> {
  return {
    async next() {
      if (query.failure !== undefined) throw query.failure;
      const step = inner.next();
      // The driver's next() puts resolve and reject of its own in the place of ours.
      query.physical?.watch(query);
      const result = await step;
      denseRows(result.value);
      return result;
    },
    async return() {
      if (query.failure !== undefined) return { done: true, value: undefined };
      return await inner.return!();
    },
  };
}

/**
 * The same for a cursor with a function: the driver goes on when the function is done. It does not
 * wait for the function's last call, and a rejection of that one would end the process.
 */
function whileAlive(query: RotatingQuery, fn: (rows: unknown) => unknown) {
  let last: Promise<unknown> | undefined;
  let answered = false;
  const { resolve } = query;
  query.resolve = (value) => {
    answered = true;
    if (last === undefined) return resolve(value);
    query.active = false;
    // The function's own error, whatever it looks like: the server has answered.
    last.then(() => resolve(value), (error) => {
      query.delivery.settle();
      query.driverReject!(error);
    });
  };
  return (rows: unknown) => {
    const result = fn(denseRows(rows));
    if (!isPromise(result)) return result;
    // For ever, when the connection is gone: the statement is rejected already.
    last = result.finally(() => query.physical?.dead && !answered ? forever : undefined);
    // Whoever waits for it hears of it all the same.
    last.catch(() => {});
    return last;
  };
}

const forever = new Promise<never>(() => {});

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === "function";
}

/** Whether a statement needs a connection of its own. */
export function needsOwn(query: RotatingQuery): boolean {
  return query.cursorFn !== undefined || query.streaming === true;
}

/** A statement that was sent must not be sent again itself: this is its like. */
export function cloneQuery(Query: RotatingQueryClass, query: RotatingQuery): RotatingQuery {
  const { strings, args, handler, canceller, options } = query;
  const clone = new Query(strings, args, handler, canceller as never, options);
  if (query.isRaw !== undefined) clone.isRaw = query.isRaw;
  if (query.forEachFn !== undefined) clone.forEachFn = query.forEachFn;
  if (query.onlyDescribe !== undefined) clone.onlyDescribe = query.onlyDescribe;
  clone.executed = true;
  clone.delivery = query.delivery.again();
  clone.resolve = query.driverResolve ?? query.resolve;
  clone.reject = query.driverReject ?? query.reject;
  query.resolve = query.reject = () => {};
  // Whoever cancels the original means this one.
  Object.assign(query, { canceller: () => (clone as { cancel?(): void }).cancel?.() });
  return clone;
}
