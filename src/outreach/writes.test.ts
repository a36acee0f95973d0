import { describe, expect, test } from "vitest";
import { type Lead, stub } from "../leads/index.ts";
import { outboxFor } from "./writes.ts";

const NOW = Date.UTC(2026, 10, 18, 19);
const lead: Lead = {
  ...stub("loc", "lead1"),
  stub: false,
  contact: { tags: ["hot", "Buyer"], custom: {}, assignedTo: "user7" },
};
const tag = (add: readonly string[], remove: readonly string[] = []) =>
  outboxFor({ kind: "tag", id: "t1", path: "tagged", add, remove }, lead, NOW);

describe("a write to the CRM", () => {
  test("carries only the tags that change something", () => {
    expect(tag(["Hot", "new"], ["buyer", "cold"])?.body).toEqual({ add: ["new"], remove: ["buyer"] });
  });

  test("that changes nothing is not sent", () => {
    expect(tag(["HOT"], ["cold"])).toBeUndefined();
  });

  test("gives a task to the lead's owner, to the person named, or to nobody", () => {
    const task = (to: string, of: Lead = lead) =>
      outboxFor({ kind: "task", id: "t2", path: "call", title: "Call Maya", to, dueAt: NOW }, of, NOW)?.body;
    expect(task("owner")).toEqual({ title: "Call Maya", assignee: "user7", dueAt: NOW });
    expect(task("user.u9")).toMatchObject({ assignee: "u9" });
    expect(task("owner", stub("loc", "lead2"))).toEqual({ title: "Call Maya", dueAt: NOW });
  });

  test("is a queued row under the effect's identity", () => {
    expect(
      outboxFor({ kind: "note", id: "n1", run: "r1", path: "note", text: "Hello" }, lead, NOW, "nurture"),
    ).toMatchObject({
      id: "n1",
      kind: "note",
      state: "queued",
      run: "r1",
      workflow: "nurture",
      lead: "lead1",
      body: { text: "Hello" },
    });
  });
});
