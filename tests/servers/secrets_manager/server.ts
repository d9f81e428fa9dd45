/** The AWS JSON 1.1 protocol over HTTP, on the loopback interface. */

import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ServiceError } from "./errors.ts";
import type { Input } from "./input.ts";

/** A request, taken apart. */
export interface ServiceRequest {
  readonly operation: string;
  readonly accessKeyId: string;
  readonly input: Input;
}

/** An answer, an error, or the connection cut without either. */
export type ServiceReply = object | ServiceError | "cut";

/** A listening server. */
export interface ListeningServer {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Listens on a free port and passes each request to the handler, which never rejects. */
export async function listen(
  handle: (request: ServiceRequest) => Promise<ServiceReply>,
): Promise<ListeningServer> {
  const server = createServer((request, response) => {
    answer(request, response, handle).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  message: IncomingMessage,
  response: ServerResponse,
  handle: (request: ServiceRequest) => Promise<ServiceReply>,
): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk);
  const request = parse(message.headers, Buffer.concat(chunks).toString("utf8"));
  const reply = request instanceof ServiceError ? request : await handle(request);
  if (reply === "cut") {
    message.socket.destroy();
    return;
  }
  const failed = reply instanceof ServiceError;
  response.writeHead(failed ? reply.status : 200, {
    "content-type": "application/x-amz-json-1.1",
    "x-amzn-requestid": crypto.randomUUID(),
    // Deno's HTTP client silently sends a request again, a POST too, when a connection that it
    // reuses is cut before an answer. Without reuse each cut connection reaches the caller.
    "connection": "close",
    ...(failed ? { "x-amzn-errortype": reply.code } : {}),
  });
  response.end(JSON.stringify(failed ? errorBody(reply) : reply));
}

/** The service itself writes "Message" (recorded); the throttle in front of it writes "message". */
function errorBody(error: ServiceError): object {
  const field = error.code === "ThrottlingException" ? "message" : "Message";
  return { __type: error.code, [field]: error.message };
}

function parse(headers: IncomingMessage["headers"], body: string): ServiceRequest | ServiceError {
  const target = /^secretsmanager\.(\w+)$/.exec(String(headers["x-amz-target"]));
  if (target === null) {
    return new ServiceError("UnknownOperationException", "The X-Amz-Target is unknown.");
  }
  // The key id tells clients apart. The signature is not verified: every secret key is accepted.
  const credential = /^AWS4-HMAC-SHA256 Credential=([^/,]+)\//.exec(headers.authorization ?? "");
  if (credential === null) {
    return new ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token");
  }
  try {
    const input: unknown = JSON.parse(body === "" ? "{}" : body);
    if (typeof input === "object" && input !== null && !Array.isArray(input)) {
      return { operation: target[1]!, accessKeyId: credential[1]!, input: input as Input };
    }
  } catch {
    // Falls through to the same answer, without quoting a body that may hold a secret.
  }
  return new ServiceError("SerializationException", "The body is not a JSON object.");
}
