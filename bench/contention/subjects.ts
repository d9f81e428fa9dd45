/** All subjects, in the order of the tables' columns. */

import type { Subject } from "./subject.ts";
import { awsSecretsManagerCache } from "./subjects/aws_secrets_manager_cache.ts";
import { bareMap, bothClocks, nothing } from "./subjects/limits.ts";
import { lruCache, lruCacheStale } from "./subjects/lru_cache.ts";
import { middy } from "./subjects/middy.ts";
import { powertools } from "./subjects/powertools.ts";
import { rekeyGet, rekeyPeek } from "./subjects/rekey.ts";

/** Rekey, its peers, and what none of them can be faster than. */
export const subjects: readonly Subject[] = [
  rekeyGet,
  rekeyPeek,
  lruCache,
  lruCacheStale,
  powertools,
  awsSecretsManagerCache,
  middy,
  bareMap,
  bothClocks,
  nothing,
];
