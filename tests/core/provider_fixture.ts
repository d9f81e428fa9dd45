/** A provider over a fake store, on a clock of the test's. */

import assert from "node:assert/strict";
import type { RekeyEvent } from "../../core/events.ts";
import type { ProviderOptions } from "../../core/provider/options.ts";
import { type CredentialProvider, credentialProvider } from "../../core/provider/provider.ts";
import { assertNoSecretIn } from "../leaks.ts";
import { FakeSource } from "../support/fake_source.ts";
import { ManualClock } from "../../adapters/testing/manual_clock.ts";
import { constantRandom } from "../../adapters/testing/seeded_random.ts";

export const ttlMs = 60_000;
export const refreshAheadMs = 6_000;

/** What a test of the provider works with. */
export interface ProviderHouse {
  readonly clock: ManualClock;
  readonly source: FakeSource;
  readonly events: RekeyEvent[];
  readonly provider: CredentialProvider;
  /** The events of one type. */
  eventsOf<T extends RekeyEvent["type"]>(type: T): Extract<RekeyEvent, { type: T }>[];
}

/** Runs `body` with a provider, and looks afterwards for what it left behind. */
export async function withProvider(
  options: ProviderOptions,
  body: (house: ProviderHouse) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock();
  const source = new FakeSource(clock);
  const events: RekeyEvent[] = [];
  const provider = credentialProvider(source, {
    ttlMs,
    refreshAheadMs,
    clock,
    random: constantRandom(0.5),
    onEvent: (event) => events.push(event),
    ...options,
  });
  const eventsOf = <T extends RekeyEvent["type"]>(type: T) =>
    events.filter((event): event is Extract<RekeyEvent, { type: T }> => event.type === type);
  await body({ clock, source, events, provider, eventsOf });
  provider.close();
  await clock.settle();
  source.heedsSignal || await clock.advance(600_000);
  assert.equal(clock.timers, 0, "timers are left");
  assert.equal(source.inFlight, 0, "reads are left");
  assertNoSecretIn([events, provider.stats()], ["password-of"]);
}

/** Matches an error by its code. */
export function withCode(code: string): { readonly code: string } {
  return { code };
}
