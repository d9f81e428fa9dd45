/** Describes a graph of opened objects. */

/**
 * All that can be reached from `root`, as a text: fields in their order, objects by the number of
 * their first mention. Functions are left out: those of the pool see nothing but the pool. `skip`
 * names fields that never change or are told elsewhere.
 */
export function describeGraph(root: unknown, skip: ReadonlySet<string>): string {
  const numbers = new Map<object, number>();
  const write = (value: unknown): string => {
    if (typeof value === "function") return "";
    if (typeof value !== "object" || value === null) return String(value);
    const known = numbers.get(value);
    if (known !== undefined) return `@${known}`;
    numbers.set(value, numbers.size);
    if (value instanceof Promise) return "";
    if (value instanceof Map) throw new Error("a map: say what its order means first");
    if (Array.isArray(value) || value instanceof Set) {
      let text = "[";
      for (const each of value) text += `${write(each)},`;
      return `${text}]`;
    }
    let text = "(";
    for (const key in value) {
      if (!skip.has(key)) text += `${write((value as Record<string, unknown>)[key])};`;
    }
    return `${text})`;
  };
  return write(root);
}
