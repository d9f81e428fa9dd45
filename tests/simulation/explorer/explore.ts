/** Visits everything that a scheduler may bring about, nearest states first. */

/** What is explored: states, and what may happen in them. */
export interface Explored<S> {
  /** Two states with the same text have the same future, and are held to the same from there on. */
  key(state: S): string;
  /** What may happen, each as a readable line with the state that it leads to. */
  next(state: S): (readonly [line: string, to: () => S])[];
  /** What is wrong with a state. Called once for each; nothing is explored beyond a fault. */
  fault(state: S): string | undefined;
}

/** A fault, and the shortest schedule that leads to it. */
export interface Violation {
  readonly fault: string;
  readonly schedule: readonly string[];
}

/** What was found. */
export interface Exploration {
  /** Different states, all of which were visited. */
  readonly states: number;
  /** Complete schedules: ways from the beginning to a state in which nothing may happen. */
  readonly schedules: number;
  /** Events of the longest schedule. */
  readonly longest: number;
  /** The first of each kind. */
  readonly violations: readonly Violation[];
  /** The shortest way to a state, by its number in the order of the visits. */
  readonly scheduleOf: (state: number) => string[];
}

/**
 * Explores breadth first. A state that is reached in a second way is not explored a second time,
 * since its future is the same; the schedules are counted as if it were.
 */
export function explore<S>(start: S, explored: Explored<S>): Exploration {
  const numbers = new Map<string, number>([[explored.key(start), 0]]);
  const parents: number[] = [-1];
  const lines: string[] = [""];
  const successors: number[][] = [];
  const violations = new Map<string, Violation>();
  let frontier: S[] = [start];
  const scheduleOf = (state: number): string[] => {
    const schedule: string[] = [];
    for (let at = state; at > 0; at = parents[at]!) schedule.push(lines[at]!);
    return schedule.reverse();
  };

  while (frontier.length > 0) {
    const reached: S[] = [];
    for (const state of frontier) {
      const number = successors.length;
      const own: number[] = [];
      successors.push(own);
      const fault = explored.fault(state);
      if (fault !== undefined) {
        if (!violations.has(fault)) {
          violations.set(fault, { fault, schedule: scheduleOf(number) });
        }
        continue;
      }
      for (const [line, to] of explored.next(state)) {
        const next = to();
        const key = explored.key(next);
        let known = numbers.get(key);
        if (known === undefined) {
          numbers.set(key, known = parents.length);
          parents.push(number);
          lines.push(line);
          reached.push(next);
        }
        own.push(known);
      }
    }
    frontier = reached;
  }
  const sums = sum(successors);
  return { ...sums, states: parents.length, violations: [...violations.values()], scheduleOf };
}

/** How many ways there are through the graph, and how long the longest is. It has no circles. */
function sum(successors: readonly (readonly number[])[]) {
  const schedules = new Float64Array(successors.length);
  const longest = new Int32Array(successors.length);
  const stack = [0];
  while (stack.length > 0) {
    const at = stack.at(-1)!;
    const open = schedules[at] === 0 ? successors[at]!.filter((next) => schedules[next] === 0) : [];
    if (open.length > 0) {
      stack.push(...open);
      continue;
    }
    stack.pop();
    if (schedules[at] !== 0) continue;
    schedules[at] = successors[at]!.reduce((total, next) => total + schedules[next]!, 0) || 1;
    longest[at] = successors[at]!.reduce((most, next) => Math.max(most, longest[next]! + 1), 0);
  }
  return { schedules: schedules[0]!, longest: longest[0]! };
}
