/** What a driver's option `ssl` says of the server's certificate, in postgres.js's and Node's terms. */

/** Whether the certificate is verified. */
export function verifies(ssl: unknown): boolean {
  if (ssl === true || ssl === "verify-full") return true;
  return typeof ssl === "object" && ssl !== null &&
    (ssl as { rejectUnauthorized?: unknown }).rejectUnauthorized !== false;
}

/** Whether it says which name to check, which it must for a server that is given by its address. */
export function namesServer(ssl: unknown): boolean {
  const given = Object(ssl) as Record<string, unknown>;
  return ["host", "servername", "checkServerIdentity"].some((key) => given[key]);
}
