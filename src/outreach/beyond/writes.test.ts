import { describe, expect, test } from "vitest";
import { type Lead, type Opportunity, openCatalog, stub } from "../../leads/index.ts";
import type { OutboxRow } from "../message.ts";
import { outboxFor, type Write, type WriteFacts } from "./writes.ts";

const NOW = Date.UTC(2026, 10, 18, 19);
const lead: Lead = {
  ...stub("loc", "lead1"),
  stub: false,
  contact: {
    name: "Maya Torres",
    city: "Austin",
    tags: ["hot", "Buyer"],
    custom: { f1: "500000" },
    assignedTo: "user7",
  },
};
const deal = (id: string, more: Partial<Opportunity> = {}): Record<string, Opportunity> => ({
  [id]: { id, pipeline: "p1", stage: "s1", status: "open", value: 1000, name: "Home", changedAt: NOW, ...more },
});
const catalog = openCatalog({
  installedAt: 0,
  users: { user7: { name: "Tessa" }, user8: { name: "Julian" } },
  pipelines: { p1: "Buyers", p2: "Sellers", p0: "Old buyers" },
  stages: {
    s1: { name: "New", pipeline: "Buyers", pipelineId: "p1" },
    s2: { name: "Showing", pipeline: "Buyers", pipelineId: "p1" },
    s3: { name: "Showing", pipeline: "Sellers", pipelineId: "p2" },
    s4: { name: "Closed", pipeline: "Buyers", pipelineId: "p1" },
  },
  workflows: { w1: "Call active buyer", w2: "Gone" },
  gone: ["w2", "s4", "p0"],
  fields: { f1: "contact.budget" },
});
const settings = { teams: { "team.buyers": ["user7", "user8"] }, highlevelWorkflows: { call_new_buyer: "w9" } };
const facts = (of: Lead = lead): WriteFacts => ({
  lead: of,
  now: NOW,
  prompted: true,
  workflow: "nurture",
  catalog,
  settings,
});

type Bare<W> = W extends Write ? Omit<W, "id" | "path"> : never;
const write = (effect: Bare<Write>, of: Lead = lead) =>
  outboxFor({ id: "e1", path: "step", ...effect } as Write, facts(of));
const rows = (effect: Bare<Write>, of?: Lead): readonly OutboxRow[] => {
  const written = write(effect, of);
  if ("refused" in written) throw new Error(written.refused);
  return written.rows;
};
const body = (effect: Bare<Write>, of?: Lead) => rows(effect, of)[0]?.body;
const refusal = (effect: Bare<Write>, of?: Lead) => {
  const written = write(effect, of);
  return "refused" in written ? written.refused : undefined;
};

describe("a write to the CRM", () => {
  test("carries only the tags that change something", () => {
    expect(body({ kind: "tag", add: ["Hot", "new"], remove: ["buyer", "cold"] })).toEqual({
      add: ["new"],
      remove: ["buyer"],
    });
  });

  test.each<Bare<Write>>([
    { kind: "tag", add: ["HOT"], remove: ["cold"] },
    { kind: "update", fields: { "contact.city": "Austin", "contact.custom.budget": 500000 } },
    { kind: "update", fields: { "contact.assigned_to": "user.user7" } },
    { kind: "assign", to: "user.user7" },
    { kind: "assign", to: "owner" },
  ])("that changes nothing is not sent: %j", (effect) => {
    expect(rows(effect)).toEqual([]);
  });

  test("gives a task to the lead's owner, to the person named, or to nobody", () => {
    const task = (to: string, of?: Lead) => body({ kind: "task", title: "Call Maya", to, dueAt: NOW }, of);
    expect(task("owner")).toEqual({ title: "Call Maya", assignee: "user7", dueAt: NOW });
    expect(task("user.u9")).toMatchObject({ assignee: "u9" });
    expect(task("owner", stub("loc", "lead2"))).toEqual({ title: "Call Maya", dueAt: NOW });
  });

  test("is a queued row under the effect's identity, with the retries of its step", () => {
    const retry = { times: 3, every: 60_000 };
    expect(rows({ kind: "note", run: "r1", text: "Hello", retry })).toMatchObject([
      {
        id: "e1",
        kind: "note",
        state: "queued",
        run: "r1",
        workflow: "nurture",
        lead: "lead1",
        body: { text: "Hello", retry },
      },
    ]);
  });

  test("names fields of the contact as the CRM does, own fields by their ids", () => {
    const fields = {
      "contact.city": "Dallas",
      "contact.time_zone": "America/Chicago",
      "contact.custom.budget": 600000,
    };
    expect(body({ kind: "update", fields })).toEqual({
      contact: { city: "Dallas", timezone: "America/Chicago" },
      custom: [{ id: "f1", value: 600000 }],
    });
  });

  test.each<[Bare<Write>, string]>([
    [{ kind: "update", fields: { "contact.custom.colour": "red" } }, 'the location has no custom field "colour"'],
    [{ kind: "update", fields: { "contact.company": "Acme" } }, 'the CRM has no way to change "contact.company"'],
    [{ kind: "update", fields: { "contact.assigned_to": "user99" } }, 'the location has no user "user99"'],
    [{ kind: "assign", to: "user.user99" }, 'the location has no user "user99"'],
    [{ kind: "assign", to: "team.buyers" }, "nobody of team.buyers was chosen"],
    [{ kind: "notify", to: "team.nobody", message: "Hi", through: ["app"] }, 'settings.teams has no "team.nobody"'],
    [{ kind: "opportunity", action: "move", pipeline: "Renters" }, 'the location has no pipeline "Renters"'],
    [{ kind: "opportunity", action: "create", pipeline: "Old buyers" }, 'the location has no pipeline "Old buyers"'],
    [
      { kind: "opportunity", action: "move", pipeline: "Buyers", stage: "Showings" },
      'pipeline "Buyers" has no stage "Showings"',
    ],
    [
      { kind: "opportunity", action: "move", pipeline: "Buyers", stage: "Closed" },
      'pipeline "Buyers" has no stage "Closed"',
    ],
    [{ kind: "opportunity", action: "move", stage: "Showing" }, 'several pipelines have a stage "Showing": name one'],
    [{ kind: "opportunity", action: "move", pipeline: "Buyers", stage: "Showing" }, "the lead has no open opportunity"],
    [{ kind: "opportunity", action: "won", pipeline: "Buyers" }, 'the lead has no open opportunity in "Buyers"'],
    [{ kind: "opportunity", action: "create", stage: "New" }, "name a pipeline: the location has several, or none"],
    [{ kind: "highlevel_workflow", workflow: "Gone", action: "add" }, 'the CRM has no workflow "Gone"'],
  ])("that names something the location does not have is refused: %j", (effect, reason) => {
    expect(refusal(effect)).toContain(reason);
  });
});

describe("an opportunity", () => {
  const of = (opportunities: Record<string, Opportunity>): Lead => ({ ...lead, opportunities });

  test("is created open, in the pipeline and at the stage named, under the lead's name unless it has its own", () => {
    expect(body({ kind: "opportunity", action: "create", pipeline: "buyers", stage: "new", value: 5000 })).toEqual({
      pipelineId: "p1",
      pipelineStageId: "s1",
      monetaryValue: 5000,
      name: "Maya Torres",
      status: "open",
    });
  });

  test("that moves is the open one of that pipeline that changed last", () => {
    const several = of({
      ...deal("a", { changedAt: NOW - 5 }),
      ...deal("b", { changedAt: NOW - 3 }),
      ...deal("c", { status: "won" }),
      ...deal("d", { pipeline: "p2", changedAt: NOW }),
    });
    expect(body({ kind: "opportunity", action: "move", pipeline: "Buyers", stage: "Showing" }, several)).toEqual({
      opportunity: "b",
      pipelineStageId: "s2",
    });
  });

  test("of another pipeline is moved over, where the lead has none there", () => {
    const other = of(deal("d", { pipeline: "p2", stage: "s3" }));
    expect(body({ kind: "opportunity", action: "move", pipeline: "Buyers", stage: "Showing" }, other)).toEqual({
      opportunity: "d",
      pipelineId: "p1",
      pipelineStageId: "s2",
    });
  });

  test("is won or lost where it stands, and not asked for what it is already", () => {
    expect(body({ kind: "opportunity", action: "won", value: 9 }, of(deal("a")))).toEqual({
      opportunity: "a",
      monetaryValue: 9,
      status: "won",
    });
    expect(rows({ kind: "opportunity", action: "move", pipeline: "Buyers", stage: "New" }, of(deal("a")))).toEqual([]);
  });
});

describe("a workflow of the CRM", () => {
  test("is found by the mapped name first, else by the CRM's own", () => {
    expect(body({ kind: "highlevel_workflow", workflow: "call_new_buyer", action: "add" })).toMatchObject({
      workflow: "w9",
    });
    expect(body({ kind: "highlevel_workflow", workflow: "call_active_buyer", action: "remove" })).toEqual({
      workflow: "w1",
      name: "call_active_buyer",
      action: "remove",
    });
  });
});

describe("a notice", () => {
  test("in the app is one row, for the owner, the team, or everybody where nobody owns the lead", () => {
    const users = (to: string, of?: Lead) =>
      body({ kind: "notify", to, message: "Call", through: ["app"] }, of)?.["users"];
    expect(users("owner")).toEqual(["user7"]);
    expect(users("team.buyers")).toEqual(["user7", "user8"]);
    expect(users("owner", stub("loc", "lead2"))).toEqual([]);
  });

  test("by text or e-mail is a task for each, once: the CRM tells its users of tasks, and has no other call", () => {
    const made = rows({ kind: "notify", to: "team.buyers", message: "Call", through: ["app", "sms", "email"] });
    expect(made.map(({ kind, body: { assignee } }) => [kind, assignee])).toEqual([
      ["notify", undefined],
      ["task", "user7"],
      ["task", "user8"],
    ]);
    expect(new Set(made.map(({ id }) => id)).size).toBe(3);
    expect(made[0]?.id).toBe("e1");
  });

  test("that only leaves the app, for nobody, is refused", () => {
    const effect = { kind: "notify", to: "owner", message: "Call", through: ["sms"] } as const;
    expect(refusal(effect, stub("loc", "lead2"))).toContain("nobody");
  });
});
