/** Times that more than one property knows. */

/** A version that was left must be seen for so long before it is believed to be current again. */
export const rollBackConfirmMs = 1_000;
/** Sums of times are not exact. */
export const roundingMs = 0.001;
