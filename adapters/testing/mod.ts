/**
 * For tests of your own: time and chance that are the same every time, and a simulated world.
 *
 * @module
 */

export { ManualClock } from "./manual_clock.ts";
export { SeededRandom } from "./seeded_random.ts";
