/** Lets one through at a time, in the order of arrival. */
export class Turnstile {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** How many are inside or waiting. */
  get size(): number {
    return this.#waiting;
  }

  /** Runs `body` when everybody who came before is done, whatever became of them. */
  pass<T>(body: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const result = this.#last.then(body);
    this.#last = result.then(() => {}, () => {}).then(() => {
      this.#waiting--;
    });
    return result;
  }
}
