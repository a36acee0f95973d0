import type { IncomingMessage } from "node:http";

/** The whole body of a request; undefined where the request broke off, as it may at any end of a test: nobody waits for an answer. */
export async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString();
}
