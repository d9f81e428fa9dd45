/** Sessions of the rotator: opened for one purpose, closed whatever happens. */

import { RekeyError } from "../errors.ts";
import type { RotationTarget, TargetSession } from "./ports.ts";
import type { LocatedPayload } from "./strategy.ts";

/** Logs in with `payload`, or says with which code it was refused. */
export function login(target: RotationTarget, payload: LocatedPayload) {
  return target.login({
    host: payload.host,
    port: payload.port,
    username: payload.username,
    password: payload.password,
  });
}

/** Whether `payload` logs in, and what the server said if not. */
export async function probe(target: RotationTarget, payload: LocatedPayload) {
  const outcome = await login(target, payload);
  if (!outcome.accepted) return outcome;
  try {
    await outcome.session.ping();
  } finally {
    await outcome.session.close();
  }
  return { accepted: true } as const;
}

/** Does `work` in a session of `payload`; a refusal is a `ROTATION_LOGIN_FAILED`. */
export async function withSession<T>(
  target: RotationTarget,
  payload: LocatedPayload,
  role: string,
  work: (session: TargetSession) => Promise<T>,
): Promise<T> {
  const outcome = await login(target, payload);
  if (!outcome.accepted) throw loginFailed(role, payload, outcome.code);
  try {
    return await work(outcome.session);
  } finally {
    await outcome.session.close();
  }
}

/** The error of a credential that a step needs and the server refuses. */
export function loginFailed(role: string, payload: LocatedPayload, code: string): RekeyError {
  return new RekeyError(
    "ROTATION_LOGIN_FAILED",
    `The ${role} credential (user "${payload.username}" at ${payload.host}) was refused with ` +
      `${code}. Check that its secret matches the database.`,
  );
}
