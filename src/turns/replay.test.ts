import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { seeded } from "../../test/seeded.ts";
import {
  eventAt,
  introduced,
  NOON,
  type Played,
  play,
  published,
  type Sent,
  sceneOf,
  viewed,
  wrote,
} from "../../test/turn.ts";
import type { Answer, Command, LeadEvent, Reply } from "../events/index.ts";
import { DAY, type Instant, MINUTE } from "../kernel/time.ts";
import { decideTurn } from "./decide.ts";
import type { Found } from "./inputs.ts";

const FOLDER = `
workflow: hello
group: nurture
enroll: { when: [contact.created, { segment.entered: { segment: active } }], again: after 1d, if_running: restart }
goal: { when: message.replied, within: 7d, then: continue }
exit: [ { if: { lead.idle: { at_least: 20d } }, reason: quiet } ]
pause: [ { when: agent.contacted, for: 1d } ]
steps:
  - { id: hi, send: hi, hold: 12h, if_failed: [ { tag: failed } ] }
  - { id: look, call: analysis, with: { source: hello }, within: 2d, otherwise: [ { tag: late } ] }
  - id: words
    test: words
    step: { tag: plain }
    variants: { plain: {}, bold: { tag: bold } }
  - { id: answer, wait_for: message.replied, within: 3d, then: [ { tag: replied } ], otherwise: [ { score: { add: 0.2 }, for: 2d } ] }
---
workflow: analysis
inputs: { source: { type: text } }
outputs: { tier: { type: text, default: none } }
steps: [ { id: rest, wait: 5h }, { id: over, end: looked, outputs: { tier: ready } } ]
---
workflow: weekly
group: nurture
if_group_busy: wait
enroll: { when: [ { schedule: { days: [mon, thu], at: "09:00" } } ], if: { segment: active }, again: always }
steps: [ { id: note, note: "Still looking" }, { id: more, wait: 6h } ]
---
workflow: few
enroll: { when: trigger.spike, limit: 1 per day, again: always }
steps: [ { id: give, assign: team.buyers, by: least_busy }, { id: given, emit: tour.wanted, with: { home: x } } ]
---
triggers:
  spike:
    name: Spike
    when: { behavior.property_view: { count: 3, within: 24h } }
    cooldown: 6h
    do: [ { score: { add: 0.1 }, for: 1d }, { start: analysis, with: { source: rule } } ]
segments:
  active: { name: Active, if: { behavior.property_view: { count: 2, within: 3d } } }
  quiet: { name: Quiet, if: { lead.idle: { at_least: 5d } } }
templates: { hi: { sms: "Hi {{ contact.first_name | default: 'there' }}", email: { subject: Hello, body: Welcome } } }
events: { tour.wanted: { weight: 0.5, properties: { home: text } } }
settings: { teams: { buyers: [ann, bob] } }
experiments:
  words:
    name: Words
    variants: { plain: 50, bold: 50 }
    control: plain
    metric: { when: property_view, within: 7d }
    guardrails: [ { when: message.opted_out, within: 14d, worse_by: 0.5% } ]
    minimum_effect: 3%
    stop: { when: decided, least: 100 per variant, latest: 45d, then: winner, if_undecided: control }`;

type Act =
  | {
      readonly do: "see" | "write" | "stop" | "tags" | "agent" | "again" | "unclear" | "judge" | "lift";
      readonly late: number;
    }
  | { readonly do: "rest"; readonly for: number }
  | { readonly do: "answer"; readonly outcome: "accepted" | "refused" | "done"; readonly which: number }
  | { readonly do: "reply"; readonly after: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("see", "write", "tags", "agent", "again", "stop", "unclear", "judge", "lift"),
      late: fc.integer({ min: 0, max: 2 * DAY }),
    }) as fc.Arbitrary<Act>,
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("rest" as const), for: fc.integer({ min: MINUTE, max: 3 * DAY }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("answer" as const),
      outcome: fc.constantFrom("accepted", "refused", "done"),
      which: fc.nat(5),
    }) as fc.Arbitrary<Act>,
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("reply" as const), after: fc.integer({ min: 0, max: DAY }) }) },
);

/** Lives through what happens, letters and timers, with the location answering what it is asked. */
function live(lead: Played, acts: readonly Act[]): void {
  let now: Instant = NOON;
  const sent: LeadEvent[] = [];
  const asked: Reply[] = [];
  const turn = (...letters: Sent[]) => {
    const outcome = lead.turn(now, ...letters);
    for (const letter of outcome.letters) {
      if (letter.kind !== "ask") continue;
      const { body } = letter;
      if (body.type === "slot") asked.push({ type: "slot", run: body.run, at: now });
      else {
        const { effect, path, run } = body;
        asked.push({ type: "assignee", effect, path, ...(run && { run }), user: "ann", why: { team: "buyers" } });
      }
    }
  };
  const tell = (event: LeadEvent) => {
    sent.push(event);
    turn(event);
  };
  tell(introduced(now));
  for (const one of acts) {
    now += MINUTE;
    if (one.do === "rest") {
      now += one.for;
      lead.until(now);
      turn();
    } else if (one.do === "answer") {
      const open = lead.rows().filter(({ state }) => state === "queued" || state === "held");
      const row = open[one.which % Math.max(1, open.length)];
      if (row === undefined) continue;
      const outcome =
        row.kind === "message"
          ? one.outcome === "done"
            ? "accepted"
            : one.outcome
          : one.outcome === "accepted"
            ? "done"
            : one.outcome;
      const state = outcome === "refused" ? (row.kind === "message" ? "refused" : "rejected") : "accepted";
      lead.left(now, row, state, outcome, outcome === "refused" ? { reason: "unknown" } : {});
    } else if (one.do === "reply") {
      const reply = asked.shift();
      if (reply === undefined) continue;
      turn({ reply: reply.type === "slot" ? { ...reply, at: now + one.after } : reply, at: now });
    } else if (one.do === "see") tell(viewed(now - one.late, `home ${now % 3}`));
    else if (one.do === "write") tell(wrote(now - one.late, "Tell me more"));
    else if (one.do === "unclear") tell(wrote(now - one.late, "Who is this?"));
    else if (one.do === "judge" || one.do === "lift") {
      const about = { family: "phone", by: "ann" } as const;
      const command: Command =
        one.do === "judge"
          ? { ...about, type: "judge", as: "opted_out" }
          : { ...about, type: "lift", why: "asked_by_phone", until: now - one.late, evidence: "a call" };
      turn({ command, at: now });
    } else if (one.do === "agent") tell(eventAt(now - one.late, "agent.contacted"));
    else if (one.do === "tags") tell(introduced(now - one.late, { tags: ["a"], city: "Austin" }));
    else if (one.do === "again") turn(sent[now % sent.length] as LeadEvent);
    else {
      const run = lead.case().runs.find(({ endedAt }) => endedAt === undefined);
      if (run === undefined) continue;
      const command: Command = { type: "stop_run", run: run.id, by: "ann", reason: "enough" };
      turn({ command, at: now });
    }
  }
  now += 10 * DAY;
  lead.until(now);
}

type Recorded = { event?: string; answer?: Answer; command?: Command; reply?: Reply; came?: Instant; found?: Found };

/** The same turns again, of nothing but what they recorded. */
function again(first: Played, second: Played, log: ReadonlyMap<string, LeadEvent>): void {
  for (const { record } of first.outcomes) {
    const inputs = record.inputs as unknown as Recorded[];
    const letters = inputs.flatMap(({ event, answer, command, reply, came = 0 }): Sent[] => {
      if (event !== undefined) return [log.get(event) as LeadEvent];
      if (answer !== undefined) return [{ answer }];
      if (command !== undefined) return [{ command, at: came }];
      return reply === undefined ? [] : [{ reply, at: came }];
    });
    second.stand(inputs.find(({ found }) => found !== undefined)?.found?.outbox ?? {});
    second.turn(record.at, ...letters);
  }
}

/** As on a machine that has no time for it: a second goes by whenever somebody looks. */
function slowly(work: () => void): void {
  let elapsed = 0;
  const watch = vi.spyOn(performance, "now").mockImplementation(() => (elapsed += 1_000));
  try {
    work();
  } finally {
    watch.mockRestore();
  }
}

describe("a lead's turns", () => {
  test("come to the same bytes when they are decided twice, and again from what they recorded", async () => {
    const scene = await sceneOf(published(FOLDER));
    fc.assert(
      fc.property(fc.array(act, { maxLength: 25 }), (acts) => {
        const first = play(scene);
        const log = new Map<string, LeadEvent>();
        const noting: Played = {
          ...first,
          turn(at, ...mail) {
            for (const letter of mail) if ("id" in letter) log.set(letter.id, letter);
            const found = first.case(mail);
            const twice = [0, 1].map(() => JSON.stringify(decideTurn(found, { ...scene, now: at })));
            expect(twice[0]).toBe(twice[1]);
            return first.turn(at, ...mail);
          },
        };
        live(noting, acts);
        const second = play(scene);
        slowly(() => again(first, second, log));
        const [a, b] = [first.case(), second.case()];
        expect(b.state).toEqual(a.state);
        expect(JSON.stringify(b.state)).toBe(JSON.stringify(a.state));
        expect(JSON.stringify(b.runs)).toBe(JSON.stringify(a.runs));
        expect(b.lead).toEqual(a.lead);
      }),
      { ...seeded, numRuns: 60 },
    );
  });
});
