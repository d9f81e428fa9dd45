/** The subset of the AWS SDK's aggregated `SecretsManager` client that this adapter uses. */

/** Reads secrets. `SecretsManager` of `@aws-sdk/client-secrets-manager` v3 has this shape. */
export interface SecretsManagerReader {
  /** GetSecretValue. */
  getSecretValue(
    input: { SecretId: string; VersionStage?: string },
    options?: { abortSignal?: AbortSignal },
  ): Promise<{
    VersionId?: string | undefined;
    SecretString?: string | undefined;
    SecretBinary?: Uint8Array | undefined;
  }>;
}

/** Rotates secrets. `SecretsManager` of `@aws-sdk/client-secrets-manager` v3 has this shape. */
export interface SecretsManagerRotator extends SecretsManagerReader {
  /** DescribeSecret. */
  describeSecret(input: { SecretId: string }): Promise<{
    RotationEnabled?: boolean | undefined;
    VersionIdsToStages?: Record<string, string[]> | undefined;
  }>;
  /** PutSecretValue. */
  putSecretValue(input: {
    SecretId: string;
    ClientRequestToken: string;
    SecretString: string;
    VersionStages: string[];
    RotationToken?: string;
  }): Promise<unknown>;
  /** UpdateSecretVersionStage. */
  updateSecretVersionStage(input: {
    SecretId: string;
    VersionStage: string;
    MoveToVersionId?: string;
    RemoveFromVersionId?: string;
  }): Promise<unknown>;
  /** GetRandomPassword. */
  getRandomPassword(input: {
    PasswordLength: number;
    ExcludeCharacters: string;
    RequireEachIncludedType: boolean;
  }): Promise<{ RandomPassword?: string | undefined }>;
}
