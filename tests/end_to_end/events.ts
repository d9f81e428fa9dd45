/** Questions that tests ask of the events they received. */

import assert from "node:assert/strict";
import type { RekeyEvent } from "../../mod.ts";

type EventOf<T extends RekeyEvent["type"]> = Extract<RekeyEvent, { type: T }>;

/** The events of one type, in their order. */
export function eventsOf<T extends RekeyEvent["type"]>(
  events: readonly RekeyEvent[],
  type: T,
): EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}

/** What the store's failures and recoveries were told as, in short. */
export function outages(events: readonly RekeyEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.type === "source-recovered") return [`${event.stage} recovered`];
    if (event.type !== "source-failed") return [];
    const { stage, code, field } = event;
    return [`${stage} ${code}${field === undefined ? "" : ` ${field}`}`];
  });
}

/** Polls until `holds`; complains with `complaint` after `timeoutMs`. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  complaint: string,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!await holds()) {
    assert.ok(performance.now() < deadline, complaint);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
