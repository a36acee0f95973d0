// The HTTP side of the CRM: gate (token, version, budget, faults), then the operation. Kept lean: node:http, no
// framework, because the benchmarks send thousands of requests a second through it on a shared core.

import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";
import { ADMIN_PREFIX, type Admin } from "./admin.ts";
import type { Crm } from "./crm.ts";
import {
  type Asked,
  actsAll,
  contactFault,
  type FaultPlan,
  type RequestFault,
  requestFault,
  slowness,
} from "./faults.ts";
import type { OAuthPages } from "./oauth.ts";
import { type Answered, failure, type Operation, problems } from "./operation.ts";
import type { RateWindow } from "./rate.ts";
import type { Router } from "./router.ts";
import type { Tokens } from "./tokens.ts";

/** What one location has of its own: its records, and its budget. */
export interface Place {
  readonly crm: Crm;
  readonly rate: RateWindow;
}

export interface CrmServer {
  readonly url: string;
  /** Refuses connections for a while: the listener is gone, open connections are cut. */
  refuse(ms: number): void;
  figures(): { readonly requests: number; readonly throttled: number; readonly unauthorized: number };
  close(): Promise<void>;
}

const BODY_LIMIT = 4 * 1024 * 1024;

export async function openServer({
  port,
  places,
  router,
  tokens,
  oauth,
  seed,
  faults,
  admin,
}: {
  port: number;
  places: ReadonlyMap<string, Place>;
  router: Router;
  tokens: Tokens;
  oauth: OAuthPages;
  seed: number;
  faults: () => FaultPlan;
  admin: Admin;
}): Promise<CrmServer> {
  const count = { requests: 0, throttled: 0, unauthorized: 0 };

  /** Everything an operation must pass before it acts; `undefined` when it may. */
  const gate = (
    request: IncomingMessage,
    operation: Operation,
    query: URLSearchParams,
    { fault, opened, rate }: { fault: RequestFault; opened: ReturnType<Tokens["opens"]>; rate: RateWindow | undefined },
  ): Answered | undefined => {
    if (opened === undefined || rate === undefined) {
      count.unauthorized += 1;
      return failure(401, "Invalid JWT");
    }
    const { scopes } = opened;
    if (scopes !== "all" && !scopes.has(operation.scope))
      return failure(401, "The token is not authorized for this scope.");
    if (fault === "unauthorized") return failure(401, "Invalid JWT");
    if (fault === "forbidden") return failure(403, "The token does not have access to this resource: scope missing.");
    const isThrottled = fault === "throttle" || fault === "throttleDaily";
    const grant = isThrottled ? { ok: false } : rate.take(performance.timeOrigin + performance.now());
    if (!grant.ok) {
      count.throttled += 1;
      return failure(429, "Too Many Requests");
    }
    const version = request.headers["version"];
    if (version === undefined) return failure(400, "version header was not found");
    if (!operation.versions.includes(String(version)))
      return failure(400, `version header is invalid: expected ${operation.versions.join(" or ")}`);
    for (const name of operation.query?.required ?? []) {
      if (!query.has(name)) return failure(422, [`${name} should not be empty`]);
    }
    return undefined;
  };

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const url = request.url ?? "/";
    const mark = url.indexOf("?");
    const pathname = mark === -1 ? url : url.slice(0, mark);
    const query = new URLSearchParams(mark === -1 ? "" : url.slice(mark + 1));
    const body = await read(request);
    if (body === undefined) return reply(response, failure(413, "Payload too large"));
    if (pathname.startsWith(ADMIN_PREFIX))
      return reply(response, await admin(request.method ?? "GET", pathname, query, body));
    const answered = await oauth.serve(request, pathname, query, body);
    if (answered === "lost") return void request.socket.destroy();
    if (answered !== undefined) return reply(response, answered, answered.headers);

    count.requests += 1;
    const n = count.requests;
    const match = router.match(request.method ?? "GET", pathname);
    if (match === undefined) return reply(response, failure(404, `Cannot ${request.method} ${pathname}`));
    const { operation, path } = match;
    const plan = faults();
    const asked: Asked = { isSend: operation.isSend === true, isWrite: operation.method !== "GET" };
    const fault = requestFault(plan, seed, n, asked);
    const wait = slowness(plan, seed, n, asked);
    await pause(wait.before);

    const opened = tokens.opens(bearer(request), Date.now());
    const place = places.get(opened?.location ?? "");
    const budget = () => {
      const headers = place?.rate.headers(performance.timeOrigin + performance.now()) ?? {};
      if (plan.skewMs !== 0) headers["Date"] = new Date(Date.now() + plan.skewMs).toUTCString();
      return fault === "throttleDaily"
        ? { ...headers, "X-RateLimit-Daily-Remaining": "0", "Retry-After": "1" }
        : headers;
    };
    if (fault === "resetBefore") return void request.socket.destroy();
    const stopped = gate(request, operation, query, { fault, opened, rate: place?.rate }) ?? refusedBefore(fault, body);
    if (stopped !== undefined || place === undefined)
      return reply(response, stopped ?? failure(401, "Invalid JWT"), budget());
    const parsed = parse(operation, body);
    if (!parsed.ok) return reply(response, failure(parsed.status, parsed.problems), budget());
    const contact = operation.path.startsWith("/contacts/:") ? (path[0] ?? "") : String(parsed.body["contactId"] ?? "");
    const wrong = ofContact(contactFault(plan, seed, contact), operation, parsed.body);
    if (wrong !== undefined) return reply(response, wrong, budget());
    const unsaid = actsAll(fault) || request.socket.destroyed;
    const done = operation.act({
      crm: place.crm,
      path,
      query,
      body: parsed.body,
      version: String(request.headers["version"]),
      answer: !unsaid ? "answered" : fault === "failAfter" || fault === "refusedAfter" ? "failed" : "dropped",
      visibleBefore: Date.now() - plan.lagMs,
    });
    await pause(wait.after);
    // what is refused is refused, and says so: nothing was done that could go unsaid
    answer(request, response, done.status < 300 ? fault : undefined, done, budget());
  };

  const open = () => {
    const server = createServer((request, response) => {
      serve(request, response).catch((error: unknown) => {
        if (!response.headersSent) reply(response, failure(500, error instanceof Error ? error.message : "defect"));
      });
    });
    server.keepAliveTimeout = 30_000;
    return server;
  };
  const listen = (at: number) =>
    new Promise<Server>((ready, failed) => {
      const fresh = open();
      fresh.once("error", failed);
      fresh.listen(at, "127.0.0.1", () => ready(fresh));
    });
  let reopening: NodeJS.Timeout | undefined;
  let closed = false;
  let server: Server = await listen(port);
  const bound = (server.address() as AddressInfo).port;
  const reopenIn = (ms: number) => {
    clearTimeout(reopening);
    reopening = setTimeout(() => {
      listen(bound).then(
        (fresh) => {
          server = fresh;
          if (closed) server.close();
        },
        () => {
          if (!closed) reopenIn(REOPEN_MS); // another program was given the port meanwhile
        },
      );
    }, ms);
  };

  return {
    url: `http://127.0.0.1:${bound}`,
    refuse(ms) {
      if (closed) return;
      server.close();
      server.closeAllConnections();
      reopenIn(ms);
    },
    figures: () => ({ ...count }),
    async close() {
      closed = true;
      clearTimeout(reopening);
      server.close();
      server.closeAllConnections();
    },
  };
}

/** How often a port is tried for that was given up, and is taken. */
const REOPEN_MS = 50;

const pause = async (ms: number): Promise<void> => {
  if (ms > 0) await new Promise((done) => setTimeout(done, ms));
};

/** What stops a request before it acts, beyond the gate. */
function refusedBefore(fault: RequestFault, body: Buffer): Answered | undefined {
  if (fault === "failBefore") return failure(500, "Internal server error");
  if (fault === "ramp") return failure(422, "Daily SMS limit reached for the current ramp-up level.");
  if (fault === "unknownProperty") return failure(422, ["property extra should not exist"]);
  if (fault === "quoting")
    return failure(422, [`value ${body.toString()} must be valid`, `body should be "${body.toString()}"`]);
  return undefined;
}

function ofContact(
  fault: ReturnType<typeof contactFault>,
  { isSend }: Operation,
  body: Readonly<Record<string, unknown>>,
): Answered | undefined {
  if (fault === "gone") return failure(404, "Contact not found");
  if (isSend !== true) return undefined;
  if (fault === "dnd") return failure(422, `Cannot send message as DND is active for ${String(body["type"])}.`);
  if (fault === "badNumber" && body["type"] !== "Email") return failure(422, "Invalid phone number");
  return undefined;
}

/** How it is told what was done, or not told. */
function answer(
  request: IncomingMessage,
  response: ServerResponse,
  fault: RequestFault,
  answered: Answered,
  headers: Record<string, string>,
): void {
  switch (fault) {
    case "drop":
      request.socket.destroy();
      return;
    case "truncated":
      response.writeHead(answered.status, { ...headers, "content-type": "application/json", "content-length": 4_096 });
      response.write('{"conversationId":"', () => request.socket.destroy());
      return;
    case "unreadable":
      response.writeHead(200, { ...headers, "content-type": "text/html" });
      response.end("<html><body>One moment, please</body></html>");
      return;
    case "failAfter":
      reply(response, failure(500, "Internal server error"), headers);
      return;
    case "refusedAfter":
      reply(response, failure(422, "Unprocessable"), headers);
      return;
    default:
      reply(response, answered, headers);
  }
}

export function bearer(request: IncomingMessage): string {
  const header = request.headers.authorization ?? "";
  return header.startsWith("Bearer ") ? header.slice(7) : "";
}

function parse(operation: Operation, body: Buffer) {
  if (operation.body === undefined) return { ok: true as const, body: {} };
  let value: unknown;
  try {
    value = body.length === 0 ? {} : JSON.parse(body.toString());
  } catch {
    return { ok: false as const, status: 400, problems: ["Unexpected token in JSON"] };
  }
  const found = problems(operation.body, value);
  return found.length === 0
    ? { ok: true as const, body: value as Record<string, unknown> }
    : { ok: false as const, status: 422, problems: found };
}

/** The whole body, or `undefined` when it is too large. */
function read(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((done, failed) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_LIMIT) chunks.push(chunk);
    });
    request.once("end", () =>
      done(size > BODY_LIMIT ? undefined : chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)),
    );
    request.once("error", failed);
  });
}

function reply(response: ServerResponse, { status, body }: Answered, headers: Record<string, string> = {}) {
  const whole =
    typeof body === "object" && body !== null && !Array.isArray(body) ? { ...body, traceId: randomUUID() } : body;
  const text = Buffer.from(JSON.stringify(whole));
  response.writeHead(status, {
    ...headers,
    "content-type": "application/json; charset=utf-8",
    "content-length": text.length,
  });
  response.end(text);
}
