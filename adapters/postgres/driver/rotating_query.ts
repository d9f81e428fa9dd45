/** The driver's statement class, made to go where our pool sends it. */

import type { DriverQuery, DriverQueryClass } from "./port.ts";
import type { Physical } from "./physical.ts";

/** A statement of ours. */
export interface RotatingQuery extends DriverQuery {
  /** The connection that it was sent on last. */
  physical: Physical | undefined;
  /** The driver's own reject, while ours stands in its place. */
  driverReject: ((error: unknown) => void) | undefined;
  /** How many times it was sent again, having certainly not run. */
  resent: number;
  isRaw?: unknown;
  forEachFn?: unknown;
  onlyDescribe?: unknown;
}

/** Our subclass of the driver's Query. */
export type RotatingQueryClass = new (
  ...args: ConstructorParameters<DriverQueryClass>
) => RotatingQuery;

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
    for (const query of queries) query.handler(query);
  };
  const Base = Query as unknown as new (...args: never[]) => RotatingQuery;
  return class RotatingQuery extends Base {
    override physical: Physical | undefined = undefined;
    override driverReject: ((error: unknown) => void) | undefined = undefined;
    override resent = 0;

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
  } as unknown as RotatingQueryClass;
}

/** A statement that was sent must not be sent again itself: this is its like. */
export function cloneQuery(Query: RotatingQueryClass, query: RotatingQuery): RotatingQuery {
  const { strings, args, handler, canceller, options } = query;
  const clone = new Query(strings, args, handler, canceller as never, options);
  if (query.isRaw !== undefined) clone.isRaw = query.isRaw;
  if (query.forEachFn !== undefined) clone.forEachFn = query.forEachFn;
  if (query.onlyDescribe !== undefined) clone.onlyDescribe = query.onlyDescribe;
  clone.executed = true;
  clone.resent = query.resent + 1;
  clone.resolve = query.resolve;
  clone.reject = query.driverReject ?? query.reject;
  query.resolve = query.reject = () => {};
  return clone;
}
