/**
 * AWS Secrets Manager: where apps read credentials, and the store that the rotator works on.
 *
 * The SDK's client is yours and is passed in: nothing here imports the SDK.
 *
 * @module
 */

export { secretsManager } from "./secrets_manager.ts";
export { rotationStore } from "./rotation_store.ts";
export type { SecretsManagerReader, SecretsManagerRotator } from "./client.ts";
export type { SecretSource, SecretVersion } from "../../core/source.ts";
export type { RotationStore, SecretDescription } from "../../core/rotation/ports.ts";
export type { VersionStage } from "../../core/credential.ts";
export type { Secret } from "../../core/secret.ts";
