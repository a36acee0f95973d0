import fastify from "fastify";
import { describe, expect, test } from "vitest";
import { Conflict, Defect, InvalidInput, Unavailable } from "./errors.ts";
import { type FactMap, openFacts } from "./facts.ts";
import { answerProblems } from "./problem.ts";

describe("a problem document", () => {
  test("says what the caller did wrong, and in which field", async () => {
    const answer = await ask(
      new InvalidInput("Two fields are wrong.", "invalid-input", [{ field: "at", detail: "not an instant" }]),
    );
    expect(answer.status).toBe(400);
    expect(answer.type).toContain("application/problem+json");
    expect(answer.body).toEqual({
      type: "/problems/invalid-input",
      title: "The request cannot be accepted",
      status: 400,
      detail: "Two fields are wrong.",
      code: "invalid-input",
      errors: [{ field: "at", detail: "not an instant" }],
    });
  });

  test.each([
    [new InvalidInput("no", "bad-signature"), 401],
    [new InvalidInput("no", "forbidden"), 403],
    [new InvalidInput("no", "not-found"), 404],
    [new Conflict("version 3, not 2"), 409],
    [new InvalidInput("no", "too-large"), 413],
    [new InvalidInput("no", "rate-limited"), 429],
    [new Defect("a run without a plan"), 500],
    [new Unavailable("no database"), 503],
  ])("of %o has its status", async (error, status) => {
    expect((await ask(error)).status).toBe(status);
  });

  test("keeps a foreign error's message inside, and the fact of it too", async () => {
    const answer = await ask(Object.assign(new Error("value ada@example.com too long"), { code: "22001" }));
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.body)).not.toContain("ada@example.com");
    expect(answer.failed).toEqual([{ route: "/it", code: "defect", reason: "Error 22001" }]);
  });

  test("asks to come back when a dependency is away", async () => {
    expect((await ask(new Unavailable("no database"))).retryAfter).toBe("2");
  });

  test("answers an unknown address", async () => {
    const app = fastify();
    answerProblems(app);
    const answer = await app.inject({ url: "/nowhere" });
    expect([answer.statusCode, answer.json().code]).toEqual([404, "not-found"]);
  });

  test("answers it with a page where a browser asks, and a program with a document", async () => {
    const app = fastify();
    answerProblems(app);
    const asked = (accept: string, method: "GET" | "POST" = "GET") =>
      app.inject({ url: "/nowhere", method, headers: { accept } });
    const page = await asked("text/html,application/xhtml+xml,*/*;q=0.8");
    expect([page.statusCode, page.headers["content-type"]]).toEqual([404, "text/html; charset=utf-8"]);
    expect(page.body).toContain('<a href="/">');
    for (const other of [await asked("application/json"), await asked("*/*"), await asked("text/html", "POST")])
      expect(other.json().code).toBe("not-found");
  });
});

async function ask(error: Error) {
  const app = fastify();
  const facts = openFacts();
  const failed: FactMap["request_failed"][] = [];
  facts.on("request_failed", (fact) => failed.push(fact));
  answerProblems(app, facts);
  app.get("/it", () => {
    throw error;
  });
  const answer = await app.inject({ url: "/it" });
  return {
    status: answer.statusCode,
    type: answer.headers["content-type"],
    retryAfter: answer.headers["retry-after"],
    body: answer.json(),
    failed,
  };
}
