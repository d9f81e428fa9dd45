/** The guard that keeps tests away from the real service. */

const LOOPBACK_HOSTS: readonly string[] = ["localhost", "[::1]"];

/**
 * Throws unless the endpoint is on this machine. Without an endpoint an SDK client talks to the
 * real service, so call this before making one.
 */
export function assertLoopback(endpoint: string | undefined): void {
  const host = endpoint !== undefined && URL.canParse(endpoint)
    ? new URL(endpoint).hostname
    : undefined;
  if (host === undefined || !(LOOPBACK_HOSTS.includes(host) || /^127(\.\d+){3}$/.test(host))) {
    throw new Error(`Refusing an endpoint that is not on the loopback interface: ${endpoint}`);
  }
}
