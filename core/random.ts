/** The port through which all randomness of timing comes. Never used for secrets. */
export interface Random {
  /** A number from 0 (included) to 1 (excluded). */
  next(): number;
}

/** The randomness of the machine. */
export const systemRandom: Random = Object.freeze({ next: () => Math.random() });
