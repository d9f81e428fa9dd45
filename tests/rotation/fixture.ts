/** One PostgreSQL and one Secrets Manager for a test file, and fresh names for every test. */

import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import postgres from "postgres";
import { rotationStore } from "../../adapters/aws/mod.ts";
import { bootstrap, type PostgresFactory, postgresTarget } from "../../adapters/postgres/mod.ts";
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
import {
  type PostgresOptions,
  type PostgresServer,
  startPostgres,
} from "../servers/postgres/mod.ts";
import { type SecretsManagerDouble, startSecretsManager } from "../servers/secrets_manager/mod.ts";

/** The servers of a test file. */
export interface House {
  readonly server: PostgresServer;
  readonly double: SecretsManagerDouble;
  /** A fresh app: its names, its secret, its client. */
  app(options?: AppOptions): Promise<App>;
}

export interface AppOptions {
  /** Fields of the secret besides or instead of the usual ones; undefined leaves one out. */
  readonly secret?: Readonly<Record<string, unknown>>;
  /** Create the database user, with an owner role, as bootstrap does. @default {true} */
  readonly bootstrapped?: boolean;
}

export const adminSecretId = "admin-db";
const functionArn = "arn:aws:lambda:eu-west-1:111111111111:function:rotate";
let lastNumber = 0;

/** Starts the servers before the first test of the file and ends them after the last. */
export function rotationHouse(options: PostgresOptions = {}): House {
  let server: PostgresServer | undefined;
  let double: SecretsManagerDouble | undefined;
  Deno.test.beforeAll(async () => {
    [server, double] = await Promise.all([startPostgres(options), startSecretsManager()]);
    // Opened here: a connection that a test opened would count as its leak.
    await server.admin()`select 1`;
    await server.replica?.admin().unsafe("select 1");
    const client = new SecretsManager(double.clientConfig("house"));
    const { host, port, superuser: { user, password } } = server;
    await client.createSecret({
      Name: adminSecretId,
      SecretString: JSON.stringify({ engine: "postgres", host, port, username: user, password }),
    });
    client.destroy();
  });
  Deno.test.afterAll(async () => {
    await Promise.all([server?.close(), double?.close()]);
  });
  return {
    get server() {
      return server!;
    },
    get double() {
      return double!;
    },
    app: (options) => App.create(server!, double!, options ?? {}),
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

/** How a login ends: "ok", or the code of the refusal. */
export async function loginCode(
  at: { readonly host: string; readonly port: number },
  user: string,
  password: string,
): Promise<string> {
  const sql = postgres({ ...quiet, host: at.host, port: at.port, user, password });
  try {
    await sql`select 1`;
    return "ok";
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    await sql.end({ timeout: 5 });
  }
}

const quiet = { database: "postgres", max: 1, fetch_types: false, onnotice: () => {} };

/** The factory of a user who reads the documentation. */
export const factory = ((login) => postgres({ ...quiet, ...login })) satisfies PostgresFactory;

/** An app with a secret: what a test rotates. */
export class App implements AsyncDisposable {
  readonly client: SecretsManager;
  readonly store: RotationStore;
  readonly target: RotationTarget = postgresTarget(factory);
  readonly events: RotationEvent[] = [];
  /** Every password that this app had or was to get. */
  readonly passwords: string[] = [];

  private constructor(
    readonly server: PostgresServer,
    readonly double: SecretsManagerDouble,
    readonly user: string,
    readonly secretId: string,
  ) {
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

  static async create(
    server: PostgresServer,
    double: SecretsManagerDouble,
    { secret, bootstrapped = true }: AppOptions,
  ): Promise<App> {
    const number = ++lastNumber;
    const app = new App(server, double, `app_${number}`, `secret-${number}`);
    const fields = {
      engine: "postgres",
      host: server.host,
      port: server.port,
      username: app.user,
      password: `initial-${crypto.randomUUID()}`,
      masterarn: adminSecretId,
      ...secret,
    };
    app.passwords.push(fields.password);
    await app.client.createSecret({ Name: app.secretId, SecretString: JSON.stringify(fields) });
    if (bootstrapped) await bootstrap(factory, { store: app.store, secretId: app.secretId });
    return app;
  }

  get twin(): string {
    return `${this.user}_clone`;
  }

  get owner(): string {
    return `${this.user}_owner`;
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
    const token = crypto.randomUUID();
    this.double.onRotate(functionArn, () => Promise.reject(new Error("left to the test")));
    await this.client.rotateSecret({
      SecretId: this.secretId,
      ClientRequestToken: token,
      RotationLambdaARN: functionArn,
      RotationRules: { AutomaticallyAfterDays: 30 },
    });
    await this.double.rotationSettled(this.secretId);
    return token;
  }

  /** A whole rotation by the store's scheduler; throws what the rotation function threw. */
  async rotateByStore(options: RotationOptions): Promise<string> {
    this.double.onRotate(functionArn, rotationHandler(options));
    await this.client.rotateSecret({
      SecretId: this.secretId,
      RotationLambdaARN: functionArn,
      RotationRules: { AutomaticallyAfterDays: 30 },
    });
    const outcome = await this.double.rotationSettled(this.secretId);
    if (outcome.error !== undefined) throw outcome.error;
    return outcome.versionId;
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
    return await loginCode(this.server, payload.username, payload.password.reveal());
  }

  /** What the server keeps of a user's password, undefined when there is no such user. */
  async verifier(user: string): Promise<string | undefined> {
    const [row] = await this.server.admin()`
      select rolpassword from pg_authid where rolname = ${user}`;
    return row?.["rolpassword"];
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy();
    return Promise.resolve();
  }
}
