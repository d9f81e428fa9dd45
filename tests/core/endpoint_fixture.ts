/** An endpoint over a fake store and a fake server, on a clock of the test's. */

import assert from "node:assert/strict";
import type { Credential } from "../../core/credential.ts";
import { Endpoint, type EndpointUser, type LoginRequest } from "../../core/endpoint/endpoint.ts";
import type { RekeyEvent } from "../../core/events.ts";
import type { ProviderOptions } from "../../core/provider/options.ts";
import { type CredentialProvider, credentialProvider } from "../../core/provider/provider.ts";
import type { Random } from "../../core/random.ts";
import { assertNoSecretIn } from "../leaks.ts";
import { type FakeConnection, FakeServer } from "../support/fake_server.ts";
import { FakeSource } from "../support/fake_source.ts";
import { ManualClock } from "../../adapters/testing/manual_clock.ts";
import { constantRandom } from "../../adapters/testing/seeded_random.ts";

export const ttlMs = 60_000;
export const budgetMs = 10_000;

/** A user that holds no connections, unless told that it does. */
export class FakeUser implements EndpointUser {
  readonly events: RekeyEvent[] = [];
  readonly preferred: string[] = [];
  readonly probes: string[] = [];
  onProbe: ((target: Credential) => void) | undefined;

  onPreferred({ versionId }: Credential): void {
    this.preferred.push(versionId);
  }

  probe(target: Credential): boolean {
    this.probes.push(target.versionId);
    this.onProbe?.(target);
    return this.onProbe !== undefined;
  }

  onEvent = (event: RekeyEvent): void => void this.events.push(event);

  /** The types of what it heard, in order. */
  get types(): string[] {
    return this.events.map(({ type }) => type);
  }
}

/** What a test of the endpoint works with. */
export class EndpointHouse {
  readonly clock = new ManualClock();
  readonly source = new FakeSource(this.clock);
  readonly server = new FakeServer(this.clock, { app: "password-of-v1" });
  readonly user = new FakeUser();
  readonly provider: CredentialProvider;
  readonly endpoint: Endpoint;
  readonly random: Random;

  constructor(options: ProviderOptions = {}) {
    const { clock } = this;
    this.random = options.random ?? constantRandom(0.5);
    this.provider = credentialProvider(this.source, {
      ttlMs,
      clock,
      random: this.random,
      onEvent: this.user.onEvent,
      ...options,
    });
    this.endpoint = this.endpointFor("db:5432");
  }

  /** Another endpoint of the same provider. */
  endpointFor(name: string): Endpoint {
    const { clock, provider, random } = this;
    return new Endpoint({ name, provider, clock, random });
  }

  /** A request for a login at `server`. */
  request(
    server = this.server,
    options: Partial<LoginRequest<FakeConnection>> = {},
  ): LoginRequest<FakeConnection> {
    const { connect, classify } = server;
    return { connect, classify, budgetMs, connectTimeoutMs: 5_000, ...options };
  }

  /** Logs in, in whatever time it takes; returns the version that was accepted. */
  async login(endpoint = this.endpoint, server = this.server): Promise<string> {
    const { credential } = await this.clock.until(endpoint.login(this.request(server)));
    return credential.versionId;
  }

  /** Logs in at most so late; the error's code when that fails. */
  async failure(options: Partial<LoginRequest<FakeConnection>> = {}): Promise<string> {
    const request = this.request(this.server, options);
    try {
      await this.clock.until(this.endpoint.login(request));
    } catch (error) {
      return (error as { code: string }).code;
    }
    return "no failure";
  }

  /** How the server answered so far; forgets it. */
  answers(server = this.server): string[] {
    return server.log.splice(0);
  }
}

/** Runs `body` with an endpoint, and looks afterwards for what it left behind. */
export async function withEndpoint(
  body: (house: EndpointHouse) => Promise<void>,
  options: ProviderOptions = {},
): Promise<void> {
  const house = new EndpointHouse(options);
  const leave = house.endpoint.attach(house.user);
  await body(house);
  leave();
  house.provider.close();
  await house.clock.settle();
  assert.equal(house.clock.timers, 0, "timers are left");
  assert.ok(house.server.mostLoginsInFlight <= 1, "two logins at a time");
  assertNoSecretIn([house.user.events, house.endpoint.stats()], ["password-of"]);
}
