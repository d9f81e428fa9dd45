/** Which fault happened during which step. */

/** Where a rotation is: the step that was called last, or none. */
export const phases = ["idle", "create", "set", "test", "finish"] as const;
/** See {@linkcode phases}. */
export type Phase = typeof phases[number];

/** How often each fault met each phase. */
export class Coverage {
  readonly #cells = new Map<string, Map<Phase, number>>();
  schedules = 0;
  rotations = 0;
  operations = 0;
  faults = 0;

  /** A fault is there in this phase. */
  met(fault: string, phase: Phase, times = 1): void {
    let row = this.#cells.get(fault);
    if (row === undefined) this.#cells.set(fault, row = new Map());
    row.set(phase, (row.get(phase) ?? 0) + times);
  }

  /** Adds another one, as it was told to be. */
  add(other: CoverageData): void {
    this.schedules += other.schedules;
    this.rotations += other.rotations;
    this.operations += other.operations;
    this.faults += other.faults;
    for (const [fault, row] of other.cells) {
      for (const [phase, count] of row) {
        this.met(fault, phase, count);
      }
    }
  }

  /** As plain data. */
  toJSON(): CoverageData {
    const { schedules, rotations, operations, faults } = this;
    const cells = [...this.#cells].map(([fault, row]) => [fault, [...row]] as const);
    return { schedules, rotations, operations, faults, cells };
  }

  /** How many cells of the table of `faults` are empty. */
  empty(faults: readonly string[]): string[] {
    return faults.flatMap((fault) =>
      phases.filter((phase) => !this.#cells.get(fault)?.get(phase))
        .map((phase) => `${fault} x ${phase}`)
    );
  }

  /** A table in words. */
  table(faults: readonly string[]): string {
    const width = Math.max(...faults.map(({ length }) => length)) + 2;
    const header = "".padEnd(width) + phases.map((phase) => phase.padStart(9)).join("");
    const rows = faults.map((fault) =>
      fault.padEnd(width) +
      phases.map((phase) => String(this.#cells.get(fault)?.get(phase) ?? 0).padStart(9)).join("")
    );
    return [header, ...rows].join("\n");
  }
}

/** See {@linkcode Coverage}. */
export interface CoverageData {
  readonly schedules: number;
  readonly rotations: number;
  readonly operations: number;
  readonly faults: number;
  readonly cells: readonly (readonly [string, readonly (readonly [Phase, number])[]])[];
}
