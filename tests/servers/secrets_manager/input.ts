/** Reading the fields of a request, with the errors that the service gives for bad ones. */

import { invalidParameter, ServiceError, validation } from "./errors.ts";
import type { SecretValue } from "./state.ts";

/** A request body. */
export type Input = Readonly<Record<string, unknown>>;

/** A text field that may be left out. */
export function text(input: Input, field: string): string | undefined {
  const value = input[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw wrongType(field);
  return value;
}

/** A text field that must be there. */
export function requiredText(input: Input, field: string): string {
  const value = text(input, field);
  if (value === undefined || value === "") {
    const member = field.charAt(0).toLowerCase() + field.slice(1);
    throw validation(
      `1 validation error detected: Value at '${member}' failed to satisfy constraint: Member must not be null`,
    );
  }
  return value;
}

/** A boolean field, with its default. */
export function flag(input: Input, field: string, otherwise: boolean): boolean {
  const value = input[field] ?? otherwise;
  if (typeof value !== "boolean") throw wrongType(field);
  return value;
}

/** A whole number that may be left out. */
export function integer(input: Input, field: string): number | undefined {
  const value = input[field] ?? undefined;
  if (value !== undefined && !Number.isInteger(value)) throw wrongType(field);
  return value as number | undefined;
}

/** A list of texts that may be left out. */
export function textList(input: Input, field: string): readonly string[] | undefined {
  const value = input[field] ?? undefined;
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    throw wrongType(field);
  }
  return value;
}

/** A structure that may be left out. */
export function structure(input: Input, field: string): Input | undefined {
  const value = input[field] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "object" || Array.isArray(value)) throw wrongType(field);
  return value as Input;
}

/**
 * The ClientRequestToken, which becomes the version id. The SDKs fill it in; without it the
 * service refuses, and with another error code in RotateSecret than elsewhere (recorded).
 */
export function requestToken(
  input: Input,
  code: "InvalidRequestException" | "InvalidParameterException" = "InvalidRequestException",
): string {
  const token = text(input, "ClientRequestToken");
  if (token === undefined) {
    throw new ServiceError(
      code,
      "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
    );
  }
  if (token.length < 32 || token.length > 64) {
    const bound = token.length < 32 ? "greater than or equal to 32" : "less than or equal to 64";
    throw validation(
      `1 validation error detected: Value '${token}' at 'clientRequestToken' failed to satisfy constraint: Member must have length ${bound}`,
    );
  }
  return token;
}

/** SecretString or SecretBinary, or neither. */
export function secretValue(input: Input): SecretValue | undefined {
  const string = text(input, "SecretString");
  const base64 = text(input, "SecretBinary");
  if (string !== undefined && base64 !== undefined) {
    throw invalidParameter(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (string !== undefined) return { text: string };
  return base64 === undefined ? undefined : { base64 };
}

function wrongType(field: string): ServiceError {
  return new ServiceError("SerializationException", `Unexpected type of field ${field}`);
}
