// The workflows we ship, walked by leads who answer, ignore, book and go quiet: a seeded draw decides which.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { enrolled, eventAt, factsOf, type Lead, MONDAY, newLead } from "../../../test/stage.ts";
import { chance } from "../../kernel/ids.ts";
import { DAY, HOUR, MINUTE } from "../../kernel/time.ts";
import { compile } from "../compile/compile.ts";
import type { Plan, Step } from "../plan.ts";
import type { Run, RunInput } from "../run.ts";
import { advance } from "./advance.ts";

const folder = new URL("../../../workflows/", import.meta.url);
const { plans } = compile(
  readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => ({ file: `workflows/${name}`, text: readFileSync(new URL(name, folder), "utf8") })),
);

interface Journey {
  readonly run: Run;
  /** Paths that were entered, asked for, or told of, in any way. */
  readonly paths: ReadonlySet<string>;
  readonly messages: readonly string[];
}

/** One lead's way through a plan: every message gets some outcome, and what is waited for comes or does not. */
function walk(plan: Plan, name: string): Journey {
  const lead = newLead(MONDAY + Math.floor(chance(name, "start") * 7 * DAY));
  for (const step of plan.lists.flat()) {
    if (step.verb !== "test") continue;
    const arms = [...Object.keys(step.arms), "none"];
    lead.variants[step.experiment] = arms[Math.floor(chance(name, step.experiment) * arms.length)] ?? "none";
  }
  const paths = new Set<string>();
  const messages: string[] = [];
  let run = enrolled(plan, lead.now);
  let input: RunInput | undefined = { type: "enrolled" };
  for (let turn = 0; input !== undefined && turn < 500; turn += 1) {
    feel(lead, name, turn);
    const result = advance(plan, run, input, factsOf(lead));
    run = result.run;
    for (const line of result.trace) if (line.path !== undefined) paths.add(line.path);
    for (const effect of result.effects) if (effect.kind === "message") messages.push(effect.id);
    input = nextInput(plan, run, lead, (what) => chance(name, what, `${turn}`));
  }
  return { run, paths: new Set([...paths, ...Object.keys(run.entered)]), messages };
}

/** Figures of the lead at this moment, so that every side of a condition is met by some lead. */
function feel(lead: Lead, name: string, turn: number) {
  const drawn = (what: string) => chance(name, what, `${turn}`);
  lead.values["lead.score"] = 0.05 + drawn("score") * 0.9;
  lead.values["lead.engagement"] = drawn("engagement");
  lead.values["lead.qualification"] = drawn("qualification");
  lead.values["lead.idle"] = drawn("idle") * 20 * DAY;
  lead.values["contact.tags"] = drawn("tags") < 0.5 ? ["First-Time Buyer"] : [];
  lead.values["contact.custom.pre_approved"] = drawn("approved") < 0.5;
  lead.values["contact.custom.months_to_move"] = drawn("months") * 24;
  lead.did["property_view"] = often(lead, drawn("views") * 5);
  lead.did["document.downloaded"] = often(lead, drawn("documents") * 4);
  lead.did["website_visit"] = often(lead, drawn("visits") * 600);
  lead.values["time.local"] = Math.floor((lead.now % DAY) / MINUTE);
}

const often = (lead: Lead, times: number): number[] => Array.from({ length: Math.floor(times) }, () => lead.now);

function nextInput(plan: Plan, run: Run, lead: Lead, drawn: (what: string) => number): RunInput | undefined {
  const { parked } = run;
  if (run.endedAt !== undefined || parked === undefined) return undefined;
  if (parked.on === "message" && parked.accepted === undefined) {
    const outcome = (["sent", "sent", "sent", "failed", "blocked", "expired"] as const)[
      Math.floor(drawn("outcome") * 6)
    ];
    lead.now += MINUTE;
    return { type: "outcome", message: parked.message, outcome: outcome ?? "sent", channel: "sms" };
  }
  const step = plan.lists.flat().find((one) => "path" in parked && one.path === parked.path);
  if (step?.verb === "wait_for" && drawn("comes") < 0.7) {
    const match = step.events[Math.floor(drawn("which") * step.events.length)];
    lead.now = Math.min(lead.now + HOUR, parked.until);
    const data = {
      "message.id": Object.values(run.facts).at(-1)?.message ?? "",
      form: drawn("form") < 0.5 ? "buyer_survey" : "home_wishlist",
      link: `l${drawn("link")}`,
    };
    const about = "message" in parked && parked.message !== undefined ? { "message.id": parked.message } : {};
    if (match !== undefined) return { type: "event", event: eventAt(lead.now, match.event, { ...data, ...about }) };
  }
  const latest = run.lastSend === undefined ? undefined : run.facts[run.lastSend]?.message;
  if (latest !== undefined && drawn("click") < 0.75) {
    lead.now += MINUTE;
    if (lead.now < parked.until) {
      const type = drawn("open") < 0.4 ? "email.opened" : "email.clicked";
      return { type: "event", event: eventAt(lead.now, type, { "message.id": latest, link: `l${drawn("link")}` }) };
    }
  }
  lead.now = Math.max(lead.now, run.dueAt ?? lead.now);
  return { type: "due" };
}

const isNamed = (step: Step): boolean => !step.path.includes("+") && !step.path.includes("/");

describe("the workflows we ship, walked by four hundred leads each", () => {
  test.each(plans.map((plan) => [plan.workflow, plan] as const))("%s: every lead comes to an end", (_, plan) => {
    for (let lead = 0; lead < 400; lead += 1) {
      const { run, messages } = walk(plan, `lead${lead}`);
      expect(run.status).toMatch(/^(completed|stopped)$/);
      expect(new Set(messages).size).toBe(messages.length);
    }
  });

  test.each(plans.map((plan) => [plan.workflow, plan] as const))(
    "%s: every step is reached by some lead",
    (_, plan) => {
      const missed = new Set(plan.lists.flat().flatMap((step) => (isNamed(step) ? [step.path] : [])));
      for (let lead = 0; lead < 3_000 && missed.size > 0; lead += 1) {
        for (const path of walk(plan, `lead${lead}`).paths) missed.delete(path);
      }
      expect([...missed]).toEqual([]);
    },
  );
});
