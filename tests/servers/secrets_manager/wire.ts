/** Sending a request without an SDK, which would fill in fields and interpret the answer. */

/** An answer as it is on the wire. */
export interface WireAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** Sends one operation, with an Authorization header whose signature nobody could verify. */
export async function sendRaw(
  endpoint: string,
  operation: string,
  input: unknown,
): Promise<WireAnswer> {
  const scope = "raw-client/20260101/eu-west-1/secretsmanager/aws4_request";
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `secretsmanager.${operation}`,
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(input),
  });
  return { status: response.status, body: await response.json() };
}
