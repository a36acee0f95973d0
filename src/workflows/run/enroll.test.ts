import { describe, expect, test } from "vitest";
import { enrolled, eventAt, factsOf, is, type Lead, MONDAY, newLead, planOf, tag } from "../../../test/stage.ts";
import { chance } from "../../kernel/ids.ts";
import { DAY, SECOND } from "../../kernel/time.ts";
import type { Enroll, Plan } from "../plan.ts";
import type { Run } from "../run.ts";
import { advance } from "./advance.ts";
import { admit, type Considered, consider, type Situation } from "./enroll.ts";

const plan = (enroll: Partial<Enroll> = {}, more: Partial<Plan> = {}): Plan =>
  planOf([tag("a")], {
    enroll: { when: [{ event: "contact.created" }], again: "never", ifRunning: "skip", ...enroll },
    ...more,
  });
const CREATED = eventAt(MONDAY, "contact.created", {}, "event-1");
const situation = (lead: Lead = newLead(), more: Partial<Situation> = {}): Situation => ({
  location: "loc1",
  runs: [],
  group: [],
  activeRuns: 0,
  paused: false,
  facts: factsOf(lead),
  ...more,
});
const said = (considered: Considered) => (considered.outcome === "not_enrolled" ? considered.code : considered.outcome);
const runOf = (considered: Considered): Run => {
  if (!("run" in considered) || considered.run === undefined) throw new Error(`no run: ${said(considered)}`);
  return considered.run;
};
const ran = (more: Partial<Run> = {}): Run => ({ ...enrolled(plan(), MONDAY - 10 * DAY), id: "earlier", ...more });
const ended = (endedAt: number, outcome = "completed"): Run => ran({ status: "completed", outcome, endedAt });

describe("an event enrolls its lead", () => {
  test("when it is one that the workflow begins with, under an id made of its causes", () => {
    const run = runOf(consider(plan(), CREATED, situation()));
    expect(run).toMatchObject({
      status: "waiting",
      enrolledBy: { event: "event-1", type: "contact.created" },
      enrolledAt: MONDAY,
      cursor: [{ list: 0, index: 0 }],
    });
    expect(runOf(consider(plan(), CREATED, situation())).id).toBe(run.id);
    expect(said(consider(plan(), eventAt(MONDAY, "contact.updated"), situation()))).toBe("none");
  });

  test("once, however often it is told", () => {
    const run = runOf(consider(plan({ again: "always" }), CREATED, situation()));
    const again = situation(newLead(), { runs: [{ ...run, status: "completed", endedAt: MONDAY }] });
    expect(said(consider(plan({ again: "always" }), CREATED, again))).toBe("none");
  });

  test("if the event's own properties agree", () => {
    const tagged = plan({ when: [{ event: "tag.added", if: is("event.tag", "equals", "Luxury") }] });
    expect(said(consider(tagged, eventAt(MONDAY, "tag.added", { tag: "Luxury" }), situation()))).toBe("enrolled");
    expect(said(consider(tagged, eventAt(MONDAY, "tag.added", { tag: "Buyer" }), situation()))).toBe("none");
  });

  test("not while the workflow is a draft or paused, and in shadow as if it were live", () => {
    expect(said(consider(plan({}, { status: "draft" }), CREATED, situation()))).toBe("workflow.draft");
    expect(said(consider(plan({}, { status: "paused" }), CREATED, situation()))).toBe("paused.workflow");
    expect(said(consider(plan({}, { status: "shadow" }), CREATED, situation()))).toBe("enrolled");
  });

  test("not with an input of another type than the workflow declares", () => {
    const typed = plan({}, { inputs: { reason: { type: "text" }, budget: { type: "money", default: 5 } } });
    const asked = (inputs: Record<string, string | number>) =>
      consider(typed, eventAt(MONDAY, "enroll.asked"), situation(newLead(), { asked: { override: false, inputs } }));
    expect(said(asked({ reason: "tour" }))).toBe("enrolled");
    expect(asked({ reason: 7 })).toMatchObject({ code: "enroll.inputs", values: { input: "reason", why: "not_text" } });
    expect(asked({ reason: "tour", budget: "5" })).toMatchObject({ values: { input: "budget", why: "not_money" } });
  });

  test("not where no channel is left", () => {
    const lead = newLead();
    lead.values["lead.opted_out"] = true;
    expect(said(consider(plan(), CREATED, situation(lead)))).toBe("consent.opted_out");
  });

  test("not beyond twenty active runs of one lead", () => {
    expect(said(consider(plan(), CREATED, situation(newLead(), { activeRuns: 20 })))).toBe("enroll.limit");
  });
});

describe("the condition of an enrollment", () => {
  const rich = plan({ if: is("contact.custom.budget", "at_least", 5) });

  test("must be true; where it is unknown the field that was empty is named", () => {
    expect(consider(rich, CREATED, situation())).toEqual({
      outcome: "not_enrolled",
      code: "enroll.condition",
      values: { subject: "contact.custom.budget", why: "empty", unknown: true },
    });
    const poor = newLead();
    poor.values["contact.custom.budget"] = 4;
    expect(consider(rich, CREATED, situation(poor))).toMatchObject({ values: { why: "differs", value: 4 } });
  });

  test("is looked at after the settling time, on the facts of that moment", () => {
    const settling = { ...rich, enroll: { ...(rich.enroll as Enroll), settle: 30 * SECOND } };
    const lead = newLead();
    const pending = runOf(consider(settling, CREATED, situation(lead)));
    expect(pending).toMatchObject({ status: "pending", dueAt: MONDAY + 30 * SECOND });
    expect(said(admit(settling, pending, situation(lead)))).toBe("pending");
    lead.now = MONDAY + 30 * SECOND;
    const refused = admit(settling, pending, situation(lead));
    expect(refused).toMatchObject({ code: "enroll.condition", run: { status: "stopped", outcome: "not_enrolled" } });
    lead.values["contact.custom.budget"] = 9;
    const run = runOf(admit(settling, pending, situation(lead)));
    expect(run).toMatchObject({ id: pending.id, status: "waiting", enrolledAt: lead.now });
    expect(run.parked).toBeUndefined();
    expect(advance(settling, run, { type: "enrolled" }, factsOf(lead)).effects).toHaveLength(2);
  });

  test("settles one start at a time", () => {
    const settling = plan({ settle: 30 * SECOND });
    const pending = runOf(consider(settling, CREATED, situation()));
    const second = eventAt(MONDAY, "contact.created", {}, "event-2");
    expect(said(consider(settling, second, situation(newLead(), { runs: [pending] })))).toBe("enroll.running");
  });

  test("does not bind who is asked for with an override", () => {
    const asked = (override: boolean) => situation(newLead(), { asked: { override }, runs: [ended(MONDAY - 1)] });
    const event = eventAt(MONDAY, "enroll.asked");
    expect(said(consider(rich, event, asked(false)))).toBe("enroll.again");
    expect(said(consider(rich, event, asked(true)))).toBe("enrolled");
  });
});

describe("again", () => {
  const lets = (again: Enroll["again"], ...runs: Run[]) =>
    said(consider(plan({ again }), CREATED, situation(newLead(), { runs })));

  test("never lets a lead in a second time, always does, after does once the time is over", () => {
    expect(lets("never", ended(MONDAY - 100 * DAY))).toBe("enroll.again");
    expect(lets("always", ended(MONDAY - 1))).toBe("enrolled");
    expect(lets({ after: 90 * DAY }, ended(MONDAY - 90 * DAY + 1))).toBe("enroll.again");
    expect(lets({ after: 90 * DAY }, ended(MONDAY - 90 * DAY))).toBe("enrolled");
  });

  test("counts from the run that ended last", () => {
    expect(lets({ after: 90 * DAY }, ended(MONDAY - 100 * DAY), ended(MONDAY - DAY))).toBe("enroll.again");
  });

  test("does not count a run that was turned away, or restarted", () => {
    expect(lets("never", ended(MONDAY - 1, "not_enrolled"), ended(MONDAY - 1, "restarted"))).toBe("enrolled");
  });

  test("counts a holdout: who was left out stays out", () => {
    expect(lets("never", ended(MONDAY - 1, "holdout"))).toBe("enroll.again");
  });
});

describe("if a run is there already", () => {
  const rival = ran();
  const when = (enroll: Partial<Enroll>, runs = [rival]) =>
    consider(plan(enroll), CREATED, situation(newLead(), { runs }));

  test("skip leaves it alone", () => {
    expect(said(when({ ifRunning: "skip" }))).toBe("enroll.running");
  });

  test("restart ends it and begins anew", () => {
    const considered = when({ ifRunning: "restart" });
    expect(considered).toMatchObject({
      outcome: "enrolled",
      ended: [{ run: { id: "earlier", status: "stopped", outcome: "restarted" } }],
    });
  });

  test("queue holds one start, the latest, until it has ended", () => {
    const first = when({ ifRunning: "queue" });
    expect(first).toMatchObject({ outcome: "pending", run: { parked: { on: "room", for: "queue" } } });
    const second = consider(
      plan({ ifRunning: "queue" }),
      eventAt(MONDAY, "contact.created", {}, "event-2"),
      situation(newLead(), { runs: [rival, runOf(first)] }),
    );
    expect(second).toMatchObject({
      outcome: "pending",
      ended: [{ run: { id: runOf(first).id, outcome: "not_enrolled" } }],
    });
    const free = situation(newLead(), { runs: [ended(MONDAY), runOf(second)] });
    expect(said(admit(plan({ ifRunning: "queue" }), runOf(second), free))).toBe("enrolled");
  });

  test("parallel lets runs differ in their key, and no two share one", () => {
    const deal = plan({ when: [{ event: "opportunity.created" }], ifRunning: "parallel", key: "opportunity.id" });
    const about = (id: string, event: string) => eventAt(MONDAY, "opportunity.created", { opportunity: { id } }, event);
    const first = runOf(consider(deal, about("A", "e1"), situation()));
    const there = situation(newLead(), { runs: [first] });
    expect(said(consider(deal, about("B", "e2"), there))).toBe("enrolled");
    expect(said(consider(deal, about("A", "e3"), there))).toBe("enroll.running");
    expect(said(consider(deal, eventAt(MONDAY, "opportunity.created", {}, "e4"), there))).toBe("enroll.condition");
  });
});

describe("chance", () => {
  const leads = Array.from({ length: 400 }, (_, index) => `lead${index}`);
  const count = (enroll: Partial<Enroll>, outcome: string) =>
    leads.filter((lead) => said(consider(plan(enroll), { ...CREATED, lead }, situation())) === outcome);

  test("a rollout that grows keeps whom it has", () => {
    const small = count({ rollout: 0.25 }, "enrolled");
    const large = new Set(count({ rollout: 0.5 }, "enrolled"));
    expect(small.every((lead) => large.has(lead))).toBe(true);
    expect(small.length).toBeGreaterThan(70);
    expect(small.length).toBeLessThan(130);
  });

  test("a holdout is a run completed at once, never treated, whose goal is still counted", () => {
    const measured = plan({ holdout: 0.5 }, { goal: { when: [{ event: "appointment.booked" }], then: "end" } });
    const lead = leads.find((one) => chance("seed", "loc1", one, "holdout:welcome") < 0.5) as string;
    const run = runOf(consider(measured, { ...CREATED, lead }, situation()));
    expect(run).toMatchObject({ status: "completed", outcome: "holdout", endedAt: MONDAY, cursor: [] });
    const booked = advance(
      measured,
      run,
      { type: "event", event: eventAt(MONDAY + DAY, "appointment.booked") },
      factsOf(newLead(MONDAY + DAY)),
    );
    expect(booked.effects).toEqual([]);
    expect(booked.run).toMatchObject({ goalReachedAt: MONDAY + DAY, outcome: "holdout" });
  });

  test("a holdout is drawn only from those whom the condition lets in", () => {
    expect(count({ holdout: 1, if: is("lead.score", "at_least", 1) }, "holdout")).toEqual([]);
  });
});

describe("a group", () => {
  const nurture = (priority: number, ifGroupBusy: Plan["ifGroupBusy"]) =>
    plan({}, { group: "nurture", priority, ifGroupBusy });
  const other = { run: ran({ workflow: "other", priority: 60 }), plan: plan({}, { workflow: "other" }) };
  const busy = situation(newLead(), { group: [other] });

  test("holds one active run of a lead: the next waits, or is left out", () => {
    expect(consider(nurture(50, "wait"), CREATED, busy)).toMatchObject({
      outcome: "pending",
      run: { parked: { on: "room", for: "group" } },
      values: { workflow: "other" },
    });
    expect(said(consider(nurture(50, "skip"), CREATED, busy))).toBe("group.busy");
  });

  test("lets a waiting start in when the other has ended, if its condition still holds", () => {
    const pending = runOf(consider(nurture(50, "wait"), CREATED, busy));
    expect(said(admit(nurture(50, "wait"), pending, busy))).toBe("pending");
    expect(said(admit(nurture(50, "wait"), pending, situation()))).toBe("enrolled");
  });

  test("replaces only a run of lower priority", () => {
    expect(consider(nurture(80, "replace"), CREATED, busy)).toMatchObject({
      outcome: "enrolled",
      ended: [{ run: { workflow: "other", outcome: "replaced" } }],
    });
    expect(said(consider(nurture(60, "replace"), CREATED, busy))).toBe("group.busy");
  });

  test("is not held by a failed run, nor by one that has not begun", () => {
    const idle = [ran({ workflow: "other", status: "failed" }), ran({ workflow: "other", status: "pending" })];
    const group = idle.map((run) => ({ run, plan: other.plan }));
    expect(said(consider(nurture(50, "skip"), CREATED, situation(newLead(), { group })))).toBe("enrolled");
  });
});
