/** What no cache can be faster than. */

import type { Subject } from "../subject.ts";

/** A lookup and the clock read that tells whether the entry is fresh; nothing is ever fetched. */
export const bareMap: Subject = {
  name: "Map + performance.now()",
  hitsOnly: true,
  open(_store, secrets, ttlMs) {
    const entry = () => ({ value: { username: "app" }, untilMs: performance.now() + ttlMs });
    const cache = new Map(secrets.map((name) => [name, entry()]));
    return {
      getters: secrets.map((name) => () => {
        const { value, untilMs } = cache.get(name)!;
        return performance.now() < untilMs ? value : undefined;
      }),
      fill: () => Promise.resolve(),
      close() {},
    };
  },
};

/** Both clocks and a promise: what `get()` needs to know in each turn of the event loop. */
export const bothClocks: Subject = {
  name: "two clocks, no cache",
  hitsOnly: true,
  open(_store, secrets) {
    const promise = Promise.resolve({ username: "app" });
    const getter = () => performance.now() + Date.now() > 0 ? promise : undefined;
    return { getters: secrets.map(() => getter), fill: () => Promise.resolve(), close() {} };
  },
};

/** The loop around the calls. */
export const nothing: Subject = {
  name: "loop alone",
  hitsOnly: true,
  open: (_store, secrets) => ({
    getters: secrets.map(() => () => undefined),
    fill: () => Promise.resolve(),
    close() {},
  }),
};
