/**
 * A client that reads the current version only, as most do, where the rotator sets one password
 * instead of two: what two passwords are good for.
 */

export { client } from "./control_no_staged_candidates.ts";
