/** One database and one Secrets Manager for a test file, and fresh names for every test. */

import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { rotationStore } from "../../adapters/aws/mod.ts";
import {
  type RotationEvent,
  rotationHandler,
  type RotationOptions,
  type RotationStore,
  type RotationStrategy,
  type RotationTarget,
} from "../../core/rotation/mod.ts";
import { parseSecretPayload, type SecretPayload } from "../../core/secret_payload.ts";
import type { Clock } from "../../core/clock.ts";
import type { VersionStage } from "../../core/credential.ts";
import type { PostgresOptions, PostgresServer } from "../servers/postgres/mod.ts";
import {
  type RotationOutcome,
  type RotationStep,
  type SecretsManagerDouble,
  startSecretsManager,
} from "../servers/secrets_manager/mod.ts";
import type { TestDatabase } from "./databases/database.ts";
import { startPostgresDatabase } from "./databases/postgres.ts";

export { factory, loginCode } from "./databases/postgres.ts";

/** The servers of a test file. */
export interface House<S = PostgresServer> {
  readonly server: S;
  readonly database: TestDatabase<S>;
  readonly double: SecretsManagerDouble;
  /** A fresh app: its names, its secret, its client. */
  app(options?: AppOptions): Promise<App<S>>;
}

export interface AppOptions {
  /** Fields of the secret besides or instead of the usual ones; undefined leaves one out. */
  readonly secret?: Readonly<Record<string, unknown>>;
  /** Create the database user as the documentation says. @default {true} */
  readonly bootstrapped?: boolean;
}

export const adminSecretId = "admin-db";
let lastNumber = 0;

/** Starts PostgreSQL before the first test of the file and ends it after the last. */
export function rotationHouse(options: PostgresOptions = {}): House {
  return houseOf(() => startPostgresDatabase(options));
}

/** Starts the servers before the first test of the file and ends them after the last. */
export function houseOf<S>(start: () => Promise<TestDatabase<S>>): House<S> {
  let database: TestDatabase<S> | undefined;
  let double: SecretsManagerDouble | undefined;
  Deno.test.beforeAll(async () => {
    [database, double] = await Promise.all([start(), startSecretsManager()]);
    const client = new SecretsManager(double.clientConfig("house"));
    const { at, engine, superuser: { user, password } } = database;
    await client.createSecret({
      Name: adminSecretId,
      SecretString: JSON.stringify({ engine, ...at, username: user, password }),
    });
    client.destroy();
  });
  Deno.test.afterAll(async () => {
    await Promise.all([database?.[Symbol.asyncDispose](), double?.close()]);
  });
  return {
    get server() {
      return database!.server;
    },
    get database() {
      return database!;
    },
    get double() {
      return double!;
    },
    app: (options) => App.create(database!, double!, options ?? {}),
  };
}

/** A clock on which every timer is due at once, for tests that have nothing to wait for. */
export const impatientClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  setTimer(_delayMs, run) {
    queueMicrotask(run);
    return { cancel: () => {} };
  },
};

/** An app with a secret: what a test rotates. */
export class App<S = PostgresServer> implements AsyncDisposable {
  readonly client: SecretsManager;
  readonly store: RotationStore;
  readonly target: RotationTarget;
  readonly events: RotationEvent[] = [];
  /** Every password that this app had or was to get. */
  readonly passwords: string[] = [];

  private constructor(
    readonly database: TestDatabase<S>,
    readonly double: SecretsManagerDouble,
    readonly user: string,
    readonly secretId: string,
  ) {
    this.target = database.target;
    this.client = new SecretsManager(double.clientConfig(secretId));
    const store = rotationStore(this.client);
    this.store = {
      ...store,
      generatePassword: async () => {
        const password = await store.generatePassword();
        this.passwords.push(password.reveal());
        return password;
      },
    };
  }

  static async create<S>(
    database: TestDatabase<S>,
    double: SecretsManagerDouble,
    { secret, bootstrapped = true }: AppOptions,
  ): Promise<App<S>> {
    const number = ++lastNumber;
    const app = new App(database, double, `app_${number}`, `secret-${number}`);
    const fields = {
      engine: database.engine,
      ...database.at,
      username: app.user,
      password: `initial-${crypto.randomUUID()}`,
      masterarn: adminSecretId,
      ...secret,
    };
    app.passwords.push(fields.password);
    await app.client.createSecret({ Name: app.secretId, SecretString: JSON.stringify(fields) });
    if (bootstrapped) await database.createApp({ ...app, password: fields.password });
    return app;
  }

  /** What tests of one database alone use. */
  get server(): S {
    return this.database.server;
  }

  get twin(): string {
    return `${this.user}_clone`;
  }

  get owner(): string {
    return `${this.user}_owner`;
  }

  /** Its rotation function: apps of one house may rotate at the same time. */
  get functionArn(): string {
    return `arn:aws:lambda:eu-west-1:111111111111:function:${this.secretId}`;
  }

  options(strategy: RotationStrategy): RotationOptions {
    const onEvent = (event: RotationEvent) => void this.events.push(event);
    return { store: this.store, target: this.target, strategy, onEvent };
  }

  /** Stores another secret with the fields of this one, some replaced; undefined leaves one out. */
  async copySecret(fields: Readonly<Record<string, unknown>>): Promise<string> {
    const { SecretString } = await this.client.getSecretValue({ SecretId: this.secretId });
    const Name = `${this.secretId}-copy-${crypto.randomUUID()}`;
    const value = { ...JSON.parse(SecretString!), ...fields };
    await this.client.createSecret({ Name, SecretString: JSON.stringify(value) });
    return Name;
  }

  /** Enables rotation and stages a version, as RotateSecret does, but leaves the steps to the test. */
  async stage(): Promise<string> {
    this.double.onRotate(this.functionArn, () => Promise.reject(new Error("left to the test")));
    const { versionId } = await this.rotateSecret();
    return versionId;
  }

  /** A whole rotation by the store's scheduler; throws what the rotation function threw. */
  async rotateByStore(options: RotationOptions): Promise<string> {
    this.double.onRotate(this.functionArn, rotationHandler(options));
    const { error, versionId } = await this.rotateSecret();
    if (error !== undefined) throw error;
    return versionId;
  }

  /** The rotation function from now on: it breaks off once, when `step` has been done. */
  breakOffAfter(step: RotationStep, options: RotationOptions): void {
    const handler = rotationHandler(options);
    let broken = false;
    this.double.onRotate(this.functionArn, async (event) => {
      await handler(event);
      if (broken || event.Step !== step) return;
      broken = true;
      throw new Error(`out of time after ${step}`);
    });
  }

  /**
   * Calls RotateSecret, and returns how the rotation ended.
   *
   * @param token of a rotation that was abandoned, to go on with it
   */
  async rotateSecret(token: string = crypto.randomUUID()): Promise<RotationOutcome> {
    await this.client.rotateSecret({
      SecretId: this.secretId,
      ClientRequestToken: token,
      RotationLambdaARN: this.functionArn,
      RotationRules: { AutomaticallyAfterDays: 30 },
    });
    return await this.double.rotationSettled(this.secretId);
  }

  /** The labels of every version that has one. */
  async labels(): Promise<Record<string, string[]>> {
    const { VersionIdsToStages } = await this.client.describeSecret({ SecretId: this.secretId });
    return VersionIdsToStages ?? {};
  }

  /** The payload under a stage, undefined when there is none. */
  async payload(stage: VersionStage): Promise<SecretPayload | undefined> {
    const version = await this.store.read(this.secretId, stage);
    return version && parseSecretPayload(version.value);
  }

  /** How the login with the credential under a stage ends; "absent" when there is none. */
  async login(stage: VersionStage): Promise<string> {
    const payload = await this.payload(stage);
    if (payload === undefined) return "absent";
    return await this.database.loginCode(
      this.database.at,
      payload.username,
      payload.password.reveal(),
    );
  }

  /** What the server keeps of a user's password, undefined when there is no such user. */
  verifier(user: string): Promise<string | undefined> {
    return this.database.verifier(user);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy();
    return Promise.resolve();
  }
}
