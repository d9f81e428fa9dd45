/**
 * `@middy/secrets-manager`: a middleware. A hit is its `before` and `getInternal`, without middy's
 * engine around it. One timer and one expiry for all secrets of a middleware; what it fetches before
 * anybody asks rejects unhandled when the store fails.
 */

import type { Subject } from "../subject.ts";
import { middyModule } from "./peers.ts";

interface Request {
  readonly event: object;
  readonly context: object;
  readonly internal: Record<string, unknown>;
}
interface Middy {
  default(options: {
    AwsClient: new () => unknown;
    fetchData: Record<string, string>;
    cacheKey: string;
    cacheExpiry: number;
  }): { before(request: Request): Promise<void> };
  getInternal(name: string, request: Request): Promise<Record<string, unknown>>;
  clearCache(key: string): void;
}
const { default: secretsManager, getInternal, clearCache }: Middy = middyModule;

let opened = 0;

/** The middleware and the documented way of getting at what it fetched. */
export const middy: Subject = {
  name: "middy",
  open(store, secrets, cacheExpiry) {
    // Its cache is one for the process: every use needs a key of its own.
    const cacheKey = `contention-${++opened}`;
    const keys = secrets.map((_, i) => `secret${i}`);
    const fetchData = Object.fromEntries(secrets.map((name, i) => [keys[i]!, name]));
    class AwsClient {
      send = store.v3.send;
    }
    const { before } = secretsManager({ AwsClient, fetchData, cacheKey, cacheExpiry });
    return {
      getters: keys.map((key) => async () => {
        const request = { event: {}, context: {}, internal: {} };
        await before(request);
        return (await getInternal(key, request))[key];
      }),
      close: () => clearCache(cacheKey),
    };
  },
};
