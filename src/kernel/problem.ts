// Errors as RFC 9457 problem documents. What we did not mean to say stays inside: an error that is not of our
// family becomes a `defect` without its message.

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { Conflict, Defect, type FieldError, InvalidInput, type ProblemCode, Unavailable } from "./errors.ts";
import type { Facts } from "./facts.ts";

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly errors?: readonly FieldError[];
}

const KINDS: Readonly<Record<ProblemCode, readonly [status: number, title: string]>> = {
  "invalid-input": [400, "The request cannot be accepted"],
  unauthorized: [401, "No valid credentials"],
  forbidden: [403, "Not allowed"],
  "not-found": [404, "Not found"],
  conflict: [409, "Someone moved first"],
  "too-large": [413, "The body is too large"],
  "unsupported-type": [415, "The media type is not understood"],
  "rate-limited": [429, "Too many requests"],
  "bad-signature": [401, "The signature is missing or wrong"],
  "not-installed": [404, "The location is not installed"],
  unavailable: [503, "Something we depend on does not answer"],
  defect: [500, "Latchkey is at fault"],
};

/** @param status other than the code's own, where a sender understands only that one */
export function problem(
  code: ProblemCode,
  detail: string,
  { errors = [], status }: { errors?: readonly FieldError[]; status?: number } = {},
): Problem {
  const [own, title] = KINDS[code];
  return {
    type: `/problems/${code}`,
    title,
    status: status ?? own,
    detail,
    code,
    ...(errors.length > 0 ? { errors } : {}),
  };
}

function problemOf(error: unknown): Problem {
  if (error instanceof InvalidInput) return problem(error.code, error.message, { errors: error.errors });
  if (error instanceof Conflict) return problem("conflict", error.message);
  if (error instanceof Unavailable) return problem("unavailable", "Try again in a moment.");
  if (isRefusal(error)) {
    if (error.statusCode === 413) return problem("too-large", "Send a smaller body.");
    if (error.statusCode === 415) return problem("unsupported-type", "Send application/json.");
    return problem("invalid-input", error.message);
  }
  return problem("defect", "This is not your fault. It has been noted.");
}

/** Fastify's own refusals of a request (`FST_…`, 4xx): their messages name no content of ours. */
function isRefusal(error: unknown): error is FastifyError & { statusCode: number } {
  if (!(error instanceof Error) || !("code" in error) || !("statusCode" in error)) return false;
  const { code, statusCode } = error as { code: unknown; statusCode: unknown };
  return (
    typeof code === "string" &&
    code.startsWith("FST_") &&
    typeof statusCode === "number" &&
    statusCode >= 400 &&
    statusCode < 500
  );
}

/** Answers with a problem document. `retryAfter` in whole seconds. */
export function sendProblem(reply: FastifyReply, document: Problem, retryAfter?: number): FastifyReply {
  if (retryAfter !== undefined) reply.header("retry-after", String(Math.max(1, Math.ceil(retryAfter))));
  if (document.status === 401) reply.header("www-authenticate", "Bearer");
  return reply.code(document.status).type("application/problem+json").send(JSON.stringify(document));
}

/** Every error of this app, and every address it does not know, is answered with a problem document. */
export function answerProblems(app: FastifyInstance, facts?: Facts): void {
  app.setErrorHandler((error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const document = problemOf(error);
    if (document.status >= 500) {
      facts?.emit("request_failed", {
        route: request.routeOptions.url ?? "unknown",
        code: document.code,
        reason: reasonOf(error),
      });
    }
    return sendProblem(reply, document, document.status === 503 ? 2 : undefined);
  });
  app.setNotFoundHandler((request, reply) =>
    isBrowser(request)
      ? reply
          .code(404)
          .header(
            "content-security-policy",
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          )
          .header("x-content-type-options", "nosniff")
          .type("text/html; charset=utf-8")
          .send(NO_PAGE)
      : sendProblem(reply, problem("not-found", "There is nothing at this address.")),
  );
}

/** A person who typed an address; programs ask for JSON, or for anything. */
const isBrowser = ({ method, headers }: FastifyRequest): boolean =>
  (method === "GET" || method === "HEAD") && /(^|[ ,])text\/html\b/i.test(headers.accept ?? "");

const NO_PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Nothing here - Latchkey</title>
<main><h1>There is nothing at this address</h1><p>It was mistyped, or what it led to is gone. <a href="/">Go to Latchkey</a></p></main>
</html>
`;

/** Our own words, or the class and code of a foreign error: its message may quote what a lead wrote. */
function reasonOf(error: unknown): string {
  if (error instanceof Defect || error instanceof Unavailable) return error.message;
  if (!(error instanceof Error)) return typeof error;
  const code = "code" in error && typeof error.code === "string" ? ` ${error.code}` : "";
  return `${error.name}${code}`;
}
