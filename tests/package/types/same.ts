/** Assertions that the compiler makes. The files of this folder are compiled, and never run. */

/** Whether two types are the same: `any` is the same as nothing but `any`. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2)
  ? true
  : false;

/** Compiles when `value` has exactly the type `T`. */
export function isExactly<T>() {
  return <V>(_value: V, ..._proof: Same<V, T> extends true ? [] : ["another type"]): void => {};
}

// deno-lint-ignore no-explicit-any
type Anything = any;

/** The control: what would let every assertion pass does not compile. */
export function control(anything: Anything, text: string): void {
  isExactly<string>()(text);
  // @ts-expect-error any is not string
  isExactly<string>()(anything);
  // @ts-expect-error string is not any
  isExactly<Anything>()(text);
  // @ts-expect-error a part of a union is not the union
  isExactly<string | undefined>()(text);
}
