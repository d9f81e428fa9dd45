/** The rotating client, and the ways to take a part of it away for a control. */

import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { secretsManager } from "@rekey/orm/aws";
import { type CredentialProvider, credentialProvider, type SecretSource } from "@rekey/orm";
import { maxWaitInGapMs } from "../parameters.ts";
import type { DemoClient } from "./client.ts";
import { loadDriver } from "./statements.ts";

/**
 * What a statement may wait for a valid credential, as the limit of the longest wait: whoever has none
 * for longer fails, and cannot pass for one that merely waits.
 */
const loginBudgetMs = maxWaitInGapMs;

/** What a control takes away. */
export interface Handicap {
  readonly source?: (source: SecretSource) => SecretSource;
  readonly provider?: (provider: CredentialProvider) => CredentialProvider;
}

/** The client that an app would have, less the handicap. */
export function rekeyClient({ source, provider }: Handicap = {}): DemoClient {
  return {
    knowsWhatRan: true,
    async connect(config) {
      const driver = await loadDriver(config);
      const secret = secretsManager(new SecretsManager(config.store), config.secretId);
      const whole = credentialProvider(source?.(secret) ?? secret, { ttlMs: config.ttlMs });
      const credentials = provider?.(whole) ?? whole;
      const connected = driver.rotating(config, credentials, loginBudgetMs);
      const close = async () => {
        await connected.close();
        whole.close();
      };
      return { ...connected, close };
    },
  };
}
