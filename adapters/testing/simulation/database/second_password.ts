/**
 * A user with two passwords, as MySQL has it from 8.0.14 on: the first is the primary one, and the
 * second lets in beside it.
 */

/** `IDENTIFIED BY`: another primary password. The second stays, unless the new primary is empty. */
export function replaced(passwords: readonly string[], password: string): readonly string[] {
  return password === "" ? [password] : [password, ...passwords.slice(1)];
}

/** `IDENTIFIED BY ... RETAIN CURRENT PASSWORD`: the primary becomes the second, which is dropped. */
export function retained(passwords: readonly string[], password: string): readonly string[] {
  return [password, ...passwords.slice(0, 1)];
}

/** `DISCARD OLD PASSWORD`: the second is dropped, if there is one. */
export function discarded(passwords: readonly string[]): readonly string[] {
  return passwords.slice(0, 1);
}
