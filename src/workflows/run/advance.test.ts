import { describe, expect, test } from "vitest";
import {
  days,
  end,
  eventAt,
  factsOf,
  is,
  MONDAY,
  ms,
  newLead,
  planOf,
  play,
  send,
  tag,
  type Written,
  wait,
  waitFor,
} from "../../../test/stage.ts";
import { DAY, HOUR, MINUTE } from "../../kernel/time.ts";
import { advance, endRun, wantsEvent } from "./advance.ts";

const staged = (...steps: Written[]) => play(planOf(steps));

describe("a run", () => {
  test("takes its steps from top to bottom until one parks it", () => {
    const stage = staged(tag("a"), tag("b"), wait("later", { for: ms(HOUR) }), tag("c"));
    expect(stage.did()).toEqual(["a", "b"]);
    expect(stage.at()).toBe("later");
    stage.due();
    expect(stage.did()).toEqual(["a", "b", "c"]);
    expect(stage.run).toMatchObject({ status: "completed", outcome: "completed", cursor: [] });
  });

  test("ends with the word of its end, and takes no step after it", () => {
    const stage = staged(tag("a"), end("nurtured"), tag("b"));
    expect(stage.did()).toEqual(["a"]);
    expect(stage.run).toMatchObject({ status: "completed", outcome: "nurtured", endedAt: MONDAY });
    expect(stage.effects.at(-1)).toMatchObject({
      kind: "emit",
      type: "workflow.completed",
      data: { outcome: "nurtured" },
    });
  });

  test("skips a step whose if is not true, and says which fact was empty", () => {
    const stage = staged({ ...tag("rich"), if: is("contact.custom.budget", "at_least", 5) }, tag("b"));
    expect(stage.did()).toEqual(["b"]);
    expect(stage.trace[0]).toMatchObject({
      code: "step.skipped",
      path: "rich",
      values: { subject: "contact.custom.budget", why: "empty", unknown: true },
    });
  });

  test("fails with too_many_steps at the hundred and first step of one input", () => {
    const stage = staged(...Array.from({ length: 101 }, (_, index) => tag(`t${index}`)));
    expect(stage.run).toMatchObject({ status: "failed", outcome: "too_many_steps", stepsTaken: 100 });
    expect(stage.did()).toHaveLength(100);
  });

  test("leaves the run it was given as it was", () => {
    const plan = planOf([send("hello"), tag("a")]);
    const stage = play(plan);
    const before = JSON.stringify(stage.run);
    advance(plan, stage.run, { type: "outcome", message: stage.message(), outcome: "sent" }, factsOf(newLead()));
    expect(JSON.stringify(stage.run)).toBe(before);
  });

  test("ends timed_out after its longest duration, whatever it waits for", () => {
    const stage = play(planOf([waitFor("w", "message.received", { within: days(30) })], { maxDuration: 10 * DAY }));
    expect(stage.run.dueAt).toBe(MONDAY + 10 * DAY);
    stage.due();
    expect(stage.run).toMatchObject({ status: "stopped", outcome: "timed_out" });
  });
});

describe("a send", () => {
  const branches = {
    ifFailed: [tag("failed")],
    ifLate: [tag("late")],
    ifBlocked: [tag("blocked")],
    ifExpired: [tag("expired")],
  };

  test("asks for one message, with an identity of run, path and ordinal, and waits for its outcome", () => {
    const stage = staged(send("hello"), tag("next"));
    expect(stage.effects).toMatchObject([
      { kind: "message", path: "hello", via: ["sms"], holdUntil: MONDAY + 3 * DAY, shadow: false },
    ]);
    expect(stage.at()).toBe("hello");
    expect(staged(send("hello")).message()).toBe(stage.message());
    expect(staged(send("other")).message()).not.toBe(stage.message());
  });

  test("goes on at acceptance", () => {
    const stage = staged(send("hello", branches), tag("next"));
    stage.outcome("sent");
    expect(stage.did()).toEqual(["hello", "next"]);
    expect(stage.run.facts["hello"]).toMatchObject({ outcome: "sent", sent: true, channel: "sms" });
  });

  test.each(["failed", "blocked", "expired"] as const)("%s goes into its branch and rejoins", (outcome) => {
    const stage = staged(send("hello", branches), tag("next"));
    stage.outcome(outcome);
    expect(stage.did()).toEqual(["hello", outcome, "next"]);
    expect(stage.run.facts["hello"]).toMatchObject({ outcome });
  });

  test("without a branch simply goes on", () => {
    const stage = staged(send("hello"), tag("next"));
    stage.outcome("blocked");
    expect(stage.did()).toEqual(["hello", "next"]);
    expect(stage.codes()).toContain("send.blocked");
  });

  test("that must be delivered waits for it, and is late after its within, counted from acceptance", () => {
    const stage = staged(send("hello", { ...branches, proceed: "delivered", within: 30 * MINUTE }), tag("next"));
    stage.later(HOUR).outcome("sent");
    expect(stage.did()).toEqual(["hello"]);
    expect(stage.run.dueAt).toBe(MONDAY + HOUR + 30 * MINUTE);
    stage.due();
    expect(stage.did()).toEqual(["hello", "late", "next"]);
    expect(stage.effects.filter(({ kind }) => kind === "message")).toHaveLength(1);
  });

  test("that must be delivered goes on at delivery, whichever word comes first", () => {
    for (const words of [["sent", "delivered"], ["delivered", "sent"], ["delivered"]] as const) {
      const stage = staged(send("hello", { ...branches, proceed: "delivered" }), tag("next"));
      for (const word of words) stage.outcome(word);
      expect(stage.did()).toEqual(["hello", "next"]);
      expect(stage.run.facts["hello"]).toMatchObject({ outcome: "sent", delivered: true });
    }
  });

  test("with proceed queued goes on at once, and records its outcome later", () => {
    const stage = staged(send("hello", { proceed: "queued" }), wait("later", { for: ms(HOUR) }), tag("next"));
    expect(stage.at()).toBe("later");
    stage.outcome("failed");
    expect(stage.at()).toBe("later");
    expect(stage.run.facts["hello"]).toMatchObject({ outcome: "failed" });
  });

  test("records a failed receipt after it went on, and does not take a delivery back", () => {
    const stage = staged(send("hello", branches), wait("later", { for: ms(HOUR) }));
    stage.outcome("sent");
    stage.outcome("failed");
    expect(stage.run.facts["hello"]).toMatchObject({ outcome: "failed" });
    stage.outcome("delivered");
    stage.outcome("failed");
    expect(stage.run.facts["hello"]).toMatchObject({ outcome: "sent", delivered: true });
    expect(stage.did()).toEqual(["hello"]);
  });

  test("ignores outcomes of messages that are not its own, and outcomes that come twice", () => {
    const stage = staged(send("hello"), send("again"), tag("next"));
    stage.outcome("sent", "somebody-else");
    expect(stage.at()).toBe("hello");
    const first = stage.message();
    stage.outcome("sent", first);
    stage.outcome("sent", first);
    expect(stage.at()).toBe("again");
  });

  test("in a shadow run decides and goes on without waiting for anybody", () => {
    const stage = play(planOf([send("hello"), tag("next")], { status: "shadow" }));
    expect(stage.effects[0]).toMatchObject({ kind: "message", shadow: true });
    expect(stage.did()).toEqual(["hello", "next"]);
  });
});

describe("a wait_for", () => {
  const branches = { then: [tag("yes")], otherwise: [tag("no")] };

  test("takes then when its event comes, and otherwise at its deadline; both rejoin", () => {
    const came = staged(waitFor("w", "appointment.booked", branches), tag("next"));
    came.later(HOUR).event("appointment.booked");
    expect(came.did()).toEqual(["yes", "next"]);
    const silent = staged(waitFor("w", "appointment.booked", branches), tag("next"));
    silent.due();
    expect(silent.did()).toEqual(["no", "next"]);
    expect(silent.run.facts["w"]).toMatchObject({ timedOut: true });
  });

  test("10: counts an event stamped exactly at the deadline, and none stamped after it", () => {
    const onTime = staged(waitFor("w", "message.received", branches));
    onTime.later(DAY).event("message.received");
    expect(onTime.did()).toEqual(["yes"]);
    const late = staged(waitFor("w", "message.received", branches));
    late.later(DAY + 1).event("message.received");
    expect(late.did()).toEqual(["no"]);
  });

  test("does not reopen a deadline that a turn has decided, however early the late event is stamped", () => {
    const stage = staged(waitFor("w", "message.received", branches), wait("later", { for: ms(HOUR) }));
    stage.due();
    stage.event("message.received", {}, MONDAY + HOUR);
    expect(stage.did()).toEqual(["no"]);
    expect(stage.at()).toBe("later");
  });

  test("counts from its entry: what came before does not, and neither does the event that led there", () => {
    const stage = staged(waitFor("first", "property_view"), waitFor("second", "property_view"), tag("next"));
    stage.later(HOUR).event("property_view");
    expect(stage.at()).toBe("second");
    stage.event("property_view");
    stage.event("property_view", {}, MONDAY + 1);
    expect(stage.at()).toBe("second");
    stage.later(1).event("property_view");
    expect(stage.did()).toEqual(["next"]);
  });

  test("with since looks back, and completes in the same turn", () => {
    const lead = newLead();
    lead.heard.push(eventAt(MONDAY - HOUR, "trigger.engagement_spike"));
    const looking = (since: unknown) =>
      play(planOf([waitFor("w", "trigger.engagement_spike", { since, ...branches })]), structuredCloneLead(lead));
    expect(looking({ back: 2 * HOUR }).did()).toEqual(["yes"]);
    expect(looking({ back: HOUR }).did()).toEqual(["yes"]);
    expect(looking({ back: HOUR - 1 }).did()).toEqual([]);
    expect(looking("enrolled").did()).toEqual([]);
  });

  test("11: for all needs each of its events, in any order, once", () => {
    const both = () =>
      staged(waitFor("w", ["form.submitted", "document.downloaded"], { mode: "all", ...branches }), tag("next"));
    const one = both();
    one.event("document.downloaded", { n: 1 });
    one.later(1).event("document.downloaded", { n: 2 });
    expect(one.did()).toEqual([]);
    one.later(1).event("form.submitted");
    expect(one.did()).toEqual(["yes", "next"]);
  });

  test("with a condition beside its events is completed by either", () => {
    const stage = staged(
      waitFor("w", "appointment.booked", { awaits: is("lead.score", "at_least", 0.7), ...branches }),
    );
    stage.lead.values["lead.score"] = 0.6;
    stage.later(1).event("property_view");
    expect(stage.did()).toEqual([]);
    stage.lead.values["lead.score"] = 0.7;
    stage.later(1).event("property_view");
    expect(stage.did()).toEqual(["yes"]);
  });

  test("asks the event for its properties, and inside then event.* is the event that came", () => {
    const booked = { event: "appointment.booked", if: is("event.calendar", "equals", "buyer_call") };
    const stage = staged(
      {
        verb: "wait_for",
        path: "w",
        events: [booked],
        then: [
          { ...tag("theirs"), if: is("event.calendar", "equals", "buyer_call") },
          { ...tag("ours"), if: is("event.campaign", "equals", "spring") },
        ],
      },
      { ...tag("spring"), if: is("event.campaign", "equals", "spring") },
    );
    stage.later(1).event("appointment.booked", { calendar: "other" });
    expect(stage.at()).toBe("w");
    stage.later(1).event("appointment.booked", { calendar: "buyer_call" });
    expect(stage.did()).toEqual(["theirs", "spring"]);
  });

  test("for a message event means this run's latest message, by its identity", () => {
    const stage = staged(send("first"), send("second"), waitFor("w", "email.opened", branches));
    const first = stage.message();
    stage.outcome("sent");
    const second = stage.message();
    stage.outcome("sent");
    stage.later(1).event("email.opened", { "message.id": first });
    expect(stage.did()).toEqual(["first", "second"]);
    stage.event("email.opened", { message: { id: second } });
    expect(stage.did()).toEqual(["first", "second", "yes"]);
  });

  test("does not take the reply that led to a message for one to it", () => {
    const stage = staged(waitFor("first", "message.received"), send("hello"), waitFor("w", "message.replied"));
    stage.later(1).event("message.received");
    stage.event("message.replied", { channel: "sms" });
    stage.outcome("sent");
    expect(stage.at()).toBe("w");
  });

  test("of another step means that step's message", () => {
    const stage = staged(send("first"), send("second"), waitFor("w", "email.opened", { of: "first", ...branches }));
    const first = stage.message();
    stage.outcome("sent");
    stage.outcome("sent");
    stage.later(1).event("email.opened", { "message.id": first });
    expect(stage.did()).toEqual(["first", "second", "yes"]);
  });

  test("knows an open that overtook the acceptance of its own message", () => {
    const stage = staged(send("hello"), waitFor("w", "email.opened", branches));
    stage.event("email.opened", { "message.id": stage.message() });
    expect(stage.at()).toBe("hello");
    stage.outcome("sent");
    expect(stage.did()).toEqual(["hello", "yes"]);
  });

  test("takes a reply that names no message as one to the latest, unless it is older than that", () => {
    const stage = staged(send("hello"), waitFor("w", "message.replied", branches));
    stage.later(HOUR).outcome("sent");
    stage.event("message.replied", { channel: "sms" }, MONDAY - 1);
    expect(stage.at()).toBe("w");
    stage.event("message.replied", { channel: "sms" });
    expect(stage.did()).toEqual(["hello", "yes"]);
    expect(stage.run.facts["hello"]).toMatchObject({ replied: true });
  });
});

describe("a choice, a loop, a jump", () => {
  test("takes the first case that is true; unknown is not true", () => {
    const choose = (values: Record<string, number>) => {
      const lead = newLead();
      Object.assign(lead.values, values);
      return play(
        planOf([
          {
            verb: "choose",
            path: "c",
            cases: [
              { if: is("contact.custom.budget", "at_least", 5), do: [tag("rich")] },
              { if: is("lead.score", "at_least", 0.7), do: [tag("hot")] },
            ],
            otherwise: [tag("other")],
          },
          tag("next"),
        ]),
        lead,
      ).did();
    };
    expect(choose({ "contact.custom.budget": 9, "lead.score": 0.9 })).toEqual(["rich", "next"]);
    expect(choose({ "lead.score": 0.9 })).toEqual(["hot", "next"]);
    expect(choose({})).toEqual(["other", "next"]);
  });

  test("without a true case and without otherwise goes on", () => {
    const never = { if: is("lead.score", "at_least", 2), do: [tag("a")] };
    expect(staged({ verb: "choose", path: "c", cases: [never] }, tag("next")).did()).toEqual(["next"]);
  });

  test("a do whose if does not hold goes into its otherwise", () => {
    const stage = staged(
      { verb: "do", path: "d", if: is("lead.score", "at_least", 1), do: [tag("a")], otherwise: [tag("b")] },
      tag("next"),
    );
    expect(stage.did()).toEqual(["b", "next"]);
  });

  test("22: three passes two days apart send n#1, n#2 and n#3, with two waits", () => {
    const stage = staged({ verb: "do", path: "nudges", do: [send("n")], repeat: 3, every: days(2) }, tag("next"));
    stage.outcome("sent");
    expect(stage.at()).toBe("nudges");
    stage.due();
    stage.outcome("sent");
    stage.due();
    stage.outcome("sent");
    expect(stage.did()).toEqual(["n#1", "n#2", "n#3", "next"]);
    expect(new Set(stage.effects.flatMap((one) => (one.kind === "message" ? [one.id] : []))).size).toBe(3);
    expect(stage.codes().filter((code) => code === "wait.until")).toHaveLength(2);
  });

  test("nested loops add one pass each", () => {
    const inner: Written = { verb: "do", path: "inner", do: [tag("t")], repeat: 2 };
    const stage = staged({ verb: "do", path: "outer", do: [inner], repeat: 2 });
    expect(stage.did()).toEqual(["t#1#1", "t#1#2", "t#2#1", "t#2#2"]);
  });

  test("until is looked at before each pass", () => {
    const stage = staged(
      {
        verb: "do",
        path: "nudges",
        do: [send("n")],
        repeat: 3,
        every: days(2),
        until: is("step.n.replied", "is_true", true),
      },
      tag("next"),
    );
    stage.outcome("sent");
    stage.later(1).event("message.replied", { channel: "sms" });
    expect(stage.at()).toBe("nudges");
    stage.due();
    expect(stage.did()).toEqual(["n#1", "next"]);
  });

  test("until is not looked at before the time between two passes is over", () => {
    const stage = staged(
      {
        verb: "do",
        path: "nudges",
        do: [send("n")],
        repeat: 3,
        every: days(2),
        until: is("step.n.replied", "is_true", true),
      },
      tag("next"),
    );
    stage.later(1).event("message.replied", { channel: "sms" });
    stage.outcome("sent");
    expect(stage.at()).toBe("nudges");
    expect(stage.codes()).not.toContain("loop.until");
    stage.due();
    expect(stage.did()).toEqual(["n#1", "next"]);
  });

  test("skip_to leaves every branch and loop between it and its target", () => {
    const stage = staged(
      { verb: "do", path: "d", repeat: 3, do: [waitFor("w", "x", { then: [{ verb: "skip_to", to: "closing" }] })] },
      tag("never"),
      tag("closing"),
    );
    stage.later(1).event("x");
    expect(stage.did()).toEqual(["closing"]);
    expect(stage.run.status).toBe("completed");
  });
});

describe("effects", () => {
  test("23: a tag step is one effect, and none if nothing changes", () => {
    const step: Written = { verb: "tag", path: "t", add: ["A"], remove: ["B"] };
    const tagged = (...tags: string[]) => {
      const lead = newLead();
      lead.values["contact.tags"] = tags;
      return play(planOf([step]), lead).effects.filter(({ kind }) => kind === "tag");
    };
    expect(tagged("B")).toMatchObject([{ add: ["A"], remove: ["B"] }]);
    expect(tagged("a", "B")).toMatchObject([{ add: [], remove: ["B"] }]);
    expect(tagged("a")).toEqual([]);
  });

  test("a tag this run has written is believed before the CRM echoes it", () => {
    const lead = newLead();
    lead.values["contact.tags"] = [];
    const off: Written = { verb: "tag", path: "off", remove: ["A"] };
    expect(play(planOf([tag("on", "A"), off]), lead).did()).toEqual(["on", "off"]);
    lead.values["contact.tags"] = ["A"];
    expect(play(planOf([off, tag("on", "A")]), lead).did()).toEqual(["off", "on"]);
  });

  test("a task is due after its time, and its title is rendered", () => {
    const lead = newLead();
    lead.render = (text) => text.replace("{{ contact.name }}", "Ada");
    const stage = play(planOf([{ verb: "task", path: "t", title: "Call {{ contact.name }}", due: ms(HOUR) }]), lead);
    expect(stage.effects[0]).toMatchObject({ kind: "task", title: "Call Ada", to: "owner", dueAt: MONDAY + HOUR });
  });

  const broken = () => {
    const lead = newLead();
    lead.render = () => {
      throw new Error("undefined filter");
    };
    return lead;
  };
  const written: Written = { verb: "note", path: "n", text: "x" };

  test("an error of ours is tried again, each time after twice as long, and then fails the run", () => {
    const stage = play(planOf([written], { onError: { retry: 2, every: MINUTE, then: "fail" } }), broken());
    const first = (stage.run.dueAt ?? 0) - MONDAY;
    expect(first).toBeGreaterThanOrEqual(MINUTE);
    expect(first).toBeLessThanOrEqual(MINUTE * 1.1);
    stage.due();
    expect((stage.run.dueAt ?? 0) - stage.lead.now).toBeGreaterThanOrEqual(2 * MINUTE);
    stage.due();
    expect(stage.run).toMatchObject({
      status: "failed",
      outcome: "error",
      errors: { count: 3, last: "undefined filter" },
    });
  });

  test("an error of ours may be passed over, or end the run, as the step says", () => {
    const on = (then: "continue" | "end") =>
      play(planOf([{ ...written, onError: { retry: 0, every: MINUTE, then } }, tag("next")]), broken());
    expect(on("continue").did()).toEqual(["next"]);
    expect(on("end").run).toMatchObject({ status: "stopped", outcome: "error" });
  });

  test("a failed run goes on at the step that failed it when a person retries it", () => {
    const lead = broken();
    const stage = play(planOf([tag("a"), written, tag("next")]), lead);
    expect(stage.run.status).toBe("failed");
    lead.render = (text) => text;
    stage.command("retry");
    expect(stage.did()).toEqual(["a", "n", "next"]);
    expect(stage.run.status).toBe("completed");
  });

  test("a retried run does not send again what has a message already", () => {
    const lead = broken();
    const stage = play(planOf([{ verb: "do", path: "d", do: [send("hello"), written, tag("next")] }]), lead);
    stage.outcome("sent");
    stage.run = {
      ...stage.run,
      cursor: [
        { list: 0, index: 0 },
        { list: 1, index: 0 },
      ],
    };
    lead.render = (text) => text;
    stage.command("retry");
    expect(stage.did()).toEqual(["hello", "n", "next"]);
    expect(stage.codes()).toContain("already_sent");
  });
});

describe("a goal", () => {
  const goal = (then: "end" | "continue", within?: number) =>
    planOf([send("hello"), wait("later", { for: days(3) }), tag("next")], {
      goal: { when: [{ event: "appointment.booked" }], then, ...(within === undefined ? {} : { within }) },
    });

  test("ends the run as a success and withdraws what waits to leave", () => {
    const stage = play(goal("end"));
    stage.later(HOUR).event("appointment.booked");
    expect(stage.run).toMatchObject({ status: "completed", outcome: "goal", goalReachedAt: MONDAY + HOUR });
    expect(stage.effects).toContainEqual({ kind: "withdraw", run: "run-1", reason: "goal" });
  });

  test("25: with then continue counts once, and the run goes on", () => {
    const stage = play(goal("continue"));
    stage.later(HOUR).event("appointment.booked");
    stage.later(HOUR).event("appointment.booked");
    expect(stage.run).toMatchObject({ status: "waiting", goalReachedAt: MONDAY + HOUR });
    expect(stage.codes().filter((code) => code === "goal.reached")).toHaveLength(1);
  });

  test("counts within its window and not after, also when the run has ended, and changes nothing else then", () => {
    for (const [at, counted] of [
      [30 * DAY, true],
      [30 * DAY + 1, false],
    ] as const) {
      const stage = play(goal("end", 30 * DAY));
      stage.command("stop");
      stage.later(at).event("appointment.booked");
      expect(stage.run.goalReachedAt !== undefined).toBe(counted);
      expect(stage.run).toMatchObject({ status: "stopped", outcome: "stopped", endedAt: MONDAY });
    }
  });

  test("goes before an exit, so that an event that is both is a success", () => {
    const plan = { ...goal("end"), exits: [{ when: [{ event: "appointment.booked" }] }] };
    const stage = play(plan);
    stage.event("appointment.booked");
    expect(stage.run.outcome).toBe("goal");
  });

  test("is not reached by what happened before the enrollment", () => {
    const stage = play(goal("end"));
    stage.event("appointment.booked", {}, MONDAY - 1);
    expect(stage.run.status).toBe("waiting");
  });
});

describe("an exit", () => {
  test("ends the run with its reason, and withdraws what waits to leave", () => {
    const stage = play(
      planOf([send("hello"), tag("next")], {
        exits: [{ when: [{ event: "message.replied" }], reason: "they answered" }],
      }),
    );
    stage.later(1).event("message.replied", { channel: "sms" });
    expect(stage.run).toMatchObject({ status: "stopped", outcome: "exit: they answered" });
    expect(stage.effects.at(-1)).toMatchObject({ kind: "withdraw" });
    expect(stage.trace.find(({ code }) => code === "exit")?.values).toMatchObject({ reason: "they answered" });
  });

  test("by a condition is looked at again before each effect of the same turn", () => {
    const cold = is("step.first.ran", "is_true", true);
    const stage = play(planOf([tag("first"), tag("second")], { exits: [{ if: cold, reason: "ran" }] }));
    // `first` has been entered, so it ran: it is the step's own effect that is no longer made.
    expect(stage.did()).toEqual([]);
    expect(stage.run.outcome).toBe("exit: ran");
    const sending = play(planOf([send("first")], { exits: [{ if: cold }] }));
    expect(sending.effects).toEqual([]);
  });

  test("by a window that empties itself ends the run when its mark has become too old, without any event", () => {
    const views = { key: "views", event: "property_view", within: 7 * DAY, keep: 1 };
    const quiet = { history: views, tests: [{ operator: "less_than" as const, value: 1 }] };
    const lead = newLead();
    lead.did["property_view"] = [MONDAY - DAY];
    const stage = play(
      planOf([wait("w", { for: { days: 30, ms: 0 } })], { exits: [{ if: quiet, reason: "quiet" }] }),
      lead,
    );
    expect(stage.run.dueAt).toBe(MONDAY + 6 * DAY + 1);
    stage.due();
    expect([stage.lead.now, stage.run.outcome]).toEqual([MONDAY + 6 * DAY + 1, "exit: quiet"]);
  });

  test("24: by idle time ends the run at the computed instant, without any event", () => {
    const stage = newIdle(10 * DAY);
    expect(stage.run.dueAt).toBe(MONDAY + 20 * DAY);
    stage.lead.values["lead.idle"] = 30 * DAY;
    stage.due();
    expect(stage.lead.now).toBe(MONDAY + 20 * DAY);
    expect(stage.run.outcome).toBe("exit: gone");
  });

  test("by idle time computes its instant anew when the lead has done something", () => {
    const stage = newIdle(10 * DAY);
    stage.lead.values["lead.idle"] = 0;
    stage.later(DAY).event("property_view");
    expect(stage.run.dueAt).toBe(MONDAY + 31 * DAY);
  });

  const newIdle = (idle: number) => {
    const lead = newLead();
    lead.values["lead.idle"] = idle;
    const exits = [{ if: is("lead.idle", "at_least", 30 * DAY), reason: "gone" }];
    return play(planOf([wait("later", { for: days(100) })], { exits }), lead);
  };
});

describe("what ends every run", () => {
  const waiting = () => staged(send("hello"), waitFor("w", "message.replied"), tag("next"));

  test("is the opt-out of every channel, before anything else is asked for", () => {
    const stage = waiting();
    stage.lead.values["lead.opted_out"] = true;
    stage.outcome("sent");
    expect(stage.run).toMatchObject({ status: "stopped", outcome: "opted_out" });
    expect(stage.effects.at(-1)).toMatchObject({ kind: "withdraw", reason: "opted_out" });
  });

  test.each([
    ["contact.deleted", "contact_deleted"],
    ["contact.merged", "contact_merged"],
  ])("is %s", (type, outcome) => {
    const stage = waiting();
    stage.event(type);
    expect(stage.run).toMatchObject({ status: "stopped", outcome });
  });

  test("takes back the messages that this very turn asked for", () => {
    const plan = planOf([send("hello", { proceed: "queued" }), tag("second")], {
      exits: [{ if: is("step.second.ran", "is_true", true) }],
    });
    const stage = play(plan);
    expect(stage.effects.map(({ kind }) => kind)).toEqual(["withdraw"]);
  });

  test("leaves messages alone where the run just came to the end of its steps", () => {
    const stage = staged(send("hello", { proceed: "queued" }));
    expect(stage.effects.map(({ kind }) => kind)).toEqual(["message", "emit"]);
  });

  test("is final: nothing moves an ended run, but outcomes and opens are still recorded", () => {
    const stage = waiting();
    stage.command("stop");
    const count = stage.effects.length;
    stage.outcome("sent");
    stage.event("email.opened", { "message.id": stage.message() });
    stage.event("message.replied", { channel: "sms" });
    stage.command("resume");
    stage.command("retry");
    stage.later(DAY).due();
    expect(stage.effects).toHaveLength(count);
    expect(stage.run).toMatchObject({ status: "stopped", outcome: "stopped", endedAt: MONDAY });
    expect(stage.run.facts["hello"]).toMatchObject({ sent: true, opened: true });
    expect(stage.run.dueAt).toBeUndefined();
  });

  test("from outside names why, once", () => {
    const stage = waiting();
    const { run } = endRun(stage.plan, stage.run, "restarted", factsOf(stage.lead));
    expect(run).toMatchObject({ status: "stopped", outcome: "restarted" });
    expect(endRun(stage.plan, run, "replaced", factsOf(stage.lead))).toEqual({ run, effects: [], trace: [] });
  });
});

describe("a pause", () => {
  const paused = (...steps: Written[]) =>
    play(planOf(steps, { pauses: [{ when: [{ event: "agent.contacted" }], for: 3 * DAY }] }));

  test("freezes the clock: what was due in 5 h is due 5 h after it ends", () => {
    const stage = paused(wait("later", { for: ms(8 * HOUR) }), tag("next"));
    stage.later(3 * HOUR).event("agent.contacted");
    expect(stage.run).toMatchObject({ status: "paused", pausedUntil: MONDAY + 3 * HOUR + 3 * DAY });
    stage.due();
    expect(stage.run).toMatchObject({ status: "waiting", dueAt: MONDAY + 3 * DAY + 8 * HOUR });
    stage.due();
    expect(stage.did()).toEqual(["next"]);
  });

  test("that a later event makes longer ends at the later instant, and never earlier", () => {
    const stage = paused(wait("later", { for: ms(8 * HOUR) }));
    stage.event("agent.contacted");
    stage.later(DAY).event("agent.contacted");
    stage.event("agent.contacted", {}, MONDAY + HOUR);
    expect(stage.run.pausedUntil).toBe(MONDAY + 4 * DAY);
  });

  test("lets a clock time that passed meanwhile be the next such time, and leaves others alone", () => {
    const noon = paused(wait("noon", { until: { at: 12 * 60 } }));
    expect(noon.run.dueAt).toBe(MONDAY + 2 * HOUR);
    noon.event("agent.contacted");
    noon.due();
    expect(noon.run.dueAt).toBe(MONDAY + 3 * DAY + 2 * HOUR);
    const friday = paused(wait("friday", { until: { at: 12 * 60, weekday: 5 } }));
    const due = friday.run.dueAt;
    friday.event("agent.contacted");
    friday.due();
    expect(friday.run.dueAt).toBe(due);
  });

  test("still lets events count, and the step goes on when it ends", () => {
    const stage = paused(waitFor("w", "message.received", { then: [tag("yes")], otherwise: [tag("no")] }));
    stage.event("agent.contacted");
    stage.later(HOUR).event("message.received");
    expect(stage.did()).toEqual([]);
    stage.due();
    expect(stage.did()).toEqual(["yes"]);
  });

  test("still records what became of a message, and the step goes on when it ends", () => {
    const stage = paused(send("hello"), tag("next"));
    stage.event("agent.contacted");
    stage.outcome("sent");
    expect(stage.did()).toEqual(["hello"]);
    stage.due();
    expect(stage.did()).toEqual(["hello", "next"]);
  });

  test("freezes the time in which an accepted message must be delivered, also when it begins in the pause", () => {
    const stage = paused(send("hello", { proceed: "delivered", within: HOUR, ifLate: [tag("late")] }));
    stage.event("agent.contacted");
    stage.later(DAY).outcome("sent");
    stage.due();
    expect(stage.run).toMatchObject({ status: "waiting", dueAt: MONDAY + 3 * DAY + HOUR });
    stage.due();
    expect(stage.did()).toEqual(["hello", "late"]);
  });

  test("by hand lasts until it is resumed, but not beyond the longest duration", () => {
    const stage = staged(wait("later", { for: ms(HOUR) }), tag("next"));
    stage.command("pause");
    expect(stage.run.dueAt).toBe(MONDAY + 180 * DAY);
    stage.later(10 * DAY).give({ type: "due" });
    expect(stage.run.status).toBe("paused");
    stage.command("resume");
    expect(stage.run.dueAt).toBe(MONDAY + 10 * DAY + HOUR);
    stage.due();
    expect(stage.did()).toEqual(["next"]);
  });

  test("does not keep a goal or an exit from ending the run", () => {
    const stage = play(
      planOf([wait("later", { for: ms(HOUR) })], {
        pauses: [{ when: [{ event: "agent.contacted" }], for: DAY }],
        exits: [{ when: [{ event: "opportunity.won" }] }],
      }),
    );
    stage.event("agent.contacted");
    stage.later(1).event("opportunity.won");
    expect(stage.run.outcome).toBe("exit: opportunity.won");
  });
});

describe("what a step remembers", () => {
  test("is unknown before it was entered, false until true afterwards", () => {
    const ask = (path: string): Written => ({ ...tag(path), if: is("step.hello.opened", "equals", false) });
    const stage = staged(ask("before"), send("hello"), ask("after"), wait("later", { for: ms(HOUR) }), ask("opened"));
    stage.outcome("sent");
    stage.event("email.opened", { "message.id": stage.message() });
    stage.due();
    expect(stage.did()).toEqual(["hello", "after"]);
  });

  test("of a skipped step is that it did not run", () => {
    const never = is("lead.score", "at_least", 2);
    const stage = staged(
      { ...tag("skipped"), if: never },
      { ...tag("b"), if: is("step.skipped.ran", "is_false", true) },
    );
    expect(stage.did()).toEqual(["b"]);
  });

  test("counts different links", () => {
    const stage = staged(send("hello"), wait("later", { for: ms(HOUR) }), {
      ...tag("reader"),
      if: is("step.hello.links", "greater_than", 1),
    });
    stage.outcome("sent");
    for (const link of ["a", "a", "b"]) {
      stage.later(1).event("email.clicked", { "message.id": stage.message(), link });
    }
    stage.due();
    expect(stage.did()).toEqual(["hello", "reader"]);
  });

  test("of a figure is its value when the step was entered, and only where some rose_by reads it", () => {
    const lead = newLead();
    lead.values["lead.engagement"] = 0.3;
    lead.values["lead.score"] = 0.5;
    const rose = is("lead.engagement", "rose_by", { by: 0.2, since: "week2" });
    const stage = play(planOf([tag("week2"), wait("later", { for: ms(HOUR) }), { ...tag("warm"), if: rose }]), lead);
    expect(stage.run.marks).toEqual({ week2: { "lead.engagement": 0.3 } });
    lead.values["lead.engagement"] = 0.5;
    stage.due();
    expect(stage.did()).toEqual(["week2", "warm"]);
  });

  test("of history counts from where a step was entered", () => {
    const question = { key: "q", event: "document.downloaded", keep: 2 };
    const since = (step: string) => ({
      history: question,
      since: { step },
      tests: [{ operator: "at_least", value: 1 }],
    });
    const lead = newLead();
    lead.did["document.downloaded"] = [MONDAY - 1];
    const stage = play(
      planOf([
        tag("a"),
        { ...tag("too_soon"), if: since("a") },
        wait("later", { for: ms(HOUR) }),
        { ...tag("read"), if: since("a") },
      ]),
      lead,
    );
    lead.did["document.downloaded"].push(MONDAY + 5);
    stage.due();
    expect(stage.did()).toEqual(["a", "read"]);
  });
});

describe("a turn need not ask every run", () => {
  test("about an event that it cannot use", () => {
    const stage = staged(waitFor("w", "appointment.booked"));
    expect(wantsEvent(stage.plan, stage.run, "appointment.booked")).toBe(true);
    expect(wantsEvent(stage.plan, stage.run, "email.opened")).toBe(true);
    expect(wantsEvent(stage.plan, stage.run, "contact.deleted")).toBe(true);
    expect(wantsEvent(stage.plan, stage.run, "property_view")).toBe(false);
  });
});

function structuredCloneLead(lead: ReturnType<typeof newLead>) {
  return { ...newLead(lead.now), heard: [...lead.heard] };
}
