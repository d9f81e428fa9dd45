/** The store that every subject reads: a double of the AWS SDK's clients, in this process. */

/** How a store answers. */
export type StoreKind = "fast" | "slow" | "failing";

/** How long an answer of each kind takes, in milliseconds. */
const delayMs: Readonly<Record<StoreKind, number>> = { fast: 1, slow: 50, failing: 1 };

/** The name of the errors of a store that fails. */
export const storeFailure = "InternalServiceError";

/** What the secret holds: what RDS puts there. */
const SecretString = JSON.stringify({
  username: "app",
  password: "correct horse battery staple",
  engine: "postgres",
  host: "db.example",
  port: 5432,
  dbname: "app",
});

/** An answer of GetSecretValue. */
export interface Answer {
  readonly VersionId: string;
  readonly SecretString: string;
}

/** Counts what it is asked. */
export class Store {
  kind: StoreKind;
  /** Calls of GetSecretValue. */
  fetches = 0;

  constructor(kind: StoreKind) {
    this.kind = kind;
  }

  /** The client of SDK v3, both ways of calling it, with all that peers look for before they use it. */
  readonly v3 = {
    config: { serviceId: "Secrets Manager" },
    middlewareStack: { identify: () => [], addRelativeTo() {}, use() {} },
    send: (_command: unknown): Promise<Answer> => this.#answer(),
    getSecretValue: (_input: unknown): Promise<Answer> => this.#answer(),
  };

  /** The client of SDK v2. */
  readonly v2 = {
    getSecretValue: (_input: unknown) => ({ promise: (): Promise<Answer> => this.#answer() }),
  };

  #answer(): Promise<Answer> {
    this.fetches++;
    const { kind } = this;
    return new Promise((resolve, reject) => {
      setTimeout(() => {
        if (kind !== "failing") return resolve({ VersionId: "v1", SecretString });
        reject(Object.assign(new Error("The store said no."), { name: storeFailure }));
      }, delayMs[kind]);
    });
  }
}
