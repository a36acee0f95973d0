import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { bodyOf } from "./bodies.ts";

export interface ProviderRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

type Act = (response: ServerResponse) => void;

/** A provider on loopback that does as it is told, one request after the other; 404 when nothing was said. */
export interface Provider {
  readonly url: string;
  readonly requests: ProviderRequest[];
  answer(answer: Answer): void;
  /** Reads the request, then cuts the connection. */
  drop(): void;
  /** Reads the request and never answers. */
  keepSilent(): void;
  /** Begins an answer and cuts the connection. */
  breakOff(): void;
  close(): Promise<void>;
}

export async function openProvider(): Promise<Provider> {
  const acts: Act[] = [];
  const requests: ProviderRequest[] = [];
  const server = createServer(async (request, response) => {
    const text = await bodyOf(request);
    if (text === undefined) return;
    requests.push({
      method: request.method ?? "",
      url: request.url ?? "",
      headers: request.headers,
      body: text === "" ? undefined : JSON.parse(text),
    });
    (acts.shift() ?? reply({ status: 404 }))(response);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    answer: (answer) => void acts.push(reply(answer)),
    drop: () => void acts.push((response) => response.socket?.destroy()),
    keepSilent: () => void acts.push(() => undefined),
    breakOff: () =>
      void acts.push((response) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
        response.write('{"messageId":"m1",', () => response.socket?.destroy());
      }),
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

const reply =
  ({ status, headers = {}, body = {} }: Answer): Act =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
