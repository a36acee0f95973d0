import { describe, expect, test } from "vitest";
import { type Aim, APPOINTMENT } from "../../src/kernel/aim.ts";
import type { TrainingView } from "../../src/scoring/index.ts";
import { Problem } from "./api.ts";
import { answerOf, changeOf, choiceOf, chosen, chosenAnew, faultsIn, needsOf, wonOf } from "./training.ts";

const won = (days: number): Aim => ({ outcome: "won", days });

describe("what the chance is to foretell", () => {
  test("is offered as it is, with the usual days for deals where they are not asked for", () => {
    expect(choiceOf(APPOINTMENT)).toEqual({ outcome: "appointment", days: "180" });
    expect(choiceOf(won(90))).toEqual({ outcome: "won", days: "90" });
    for (const aim of [APPOINTMENT, won(90)]) expect(chosen(choiceOf(aim))).toEqual(aim);
  });

  test("is sent as it was typed, for the server to judge, and spoken of with the usual days until it is whole", () => {
    expect(chosen({ outcome: "won", days: "18" })).toEqual(won(18));
    expect(wonOf({ outcome: "won", days: "18" })).toEqual(won(180));
    expect(wonOf({ outcome: "won", days: "90" })).toEqual(won(90));
  });

  test("is chosen anew only by who chose another than was open before them", () => {
    expect(chosenAnew(APPOINTMENT, choiceOf(APPOINTMENT))).toBeUndefined();
    expect(chosenAnew(won(90), choiceOf(won(90)))).toBeUndefined();
    expect(chosenAnew(APPOINTMENT, { outcome: "won", days: "90" })).toEqual(won(90));
    expect(chosenAnew(won(90), { outcome: "won", days: "180" })).toEqual(won(180));
    expect(chosenAnew(won(90), { outcome: "appointment", days: "90" })).toEqual(APPOINTMENT);
    // days of a deal that is not chosen are no choice
    expect(chosenAnew(APPOINTMENT, { outcome: "appointment", days: "90" })).toBeUndefined();
  });

  test("says what it needs: leads, who of them came, and how long the log is kept for it", () => {
    expect(needsOf(APPOINTMENT)).toBe(
      "Needs 200 leads whose 30 days are over, 30 of whom booked, and 30 more who did later, to judge by; the log is kept for 400 days.",
    );
    expect(needsOf(won(180))).toBe(
      "Needs 200 leads whose 180 days are over, 30 of whom came to a won deal, and 30 more who did later, to judge by: a log of more than 405 days. It is kept for 720 days, of every team of this Latchkey.",
    );
  });

  test("says what follows of a change before it is made: who scores goes on, and a log that is cut is cut for good", () => {
    expect(changeOf(won(180), won(180))).toEqual([]);
    expect(changeOf(APPOINTMENT, won(18))).toEqual([]);
    expect(changeOf(APPOINTMENT, won(180))).toEqual([
      "Nobody's score changes by it: what scores now goes on until a model of a deal won within 180 days has passed its bars.",
    ]);
    const [stays, cut] = changeOf(won(180), APPOINTMENT);
    expect(stays).toContain("until a model of an appointment within 30 days has passed its bars.");
    expect(cut).toMatch(
      /^The log is kept for 720 days because of a deal won within 180 days\..* older than 400 days is deleted/,
    );
    expect(changeOf(won(180), won(90))[1]).toContain("older than 400 days");
    expect(changeOf(won(90), APPOINTMENT)).toHaveLength(1); // 400 days either way
  });
});

describe("what the server answers", () => {
  test("stands at its field: days as it names them, groups as their reader does, and what was too large", () => {
    const days = [{ field: "foretells.days", detail: "expected days from 60 to 365" }];
    expect(faultsIn(new Problem(400, "foretells.days: expected days from 60 to 365", days))).toEqual(days);
    expect(faultsIn(new Problem(400, 'groups: expected a heading with the columns "contact" and "group".'))).toEqual([
      { field: "groups", detail: 'expected a heading with the columns "contact" and "group".' },
    ]);
    expect(faultsIn(new Problem(413, "Send a smaller body."))).toMatchObject([{ field: "groups" }]);
    for (const error of [new Problem(409, "A training of this kind is under way here."), new TypeError("no network")])
      expect(faultsIn(error)).toEqual([]);
  });

  test("is told of the training that was asked for: queued, begun, refused, trained", () => {
    const told = (one: Partial<TrainingView>) => answerOf({ state: "ended", ...one } as TrainingView);
    const said = [
      answerOf(undefined),
      told({ state: "running", progress: { phase: "waiting" } }),
      told({ state: "running", progress: { phase: "learning", rows: 900, share: 0.5 } }),
      told({ outcome: "too_little", detail: "Too little to learn from: 12 of 200 outcomes." }),
      told({ outcome: "trained", detail: "Model a1b2 scores now." }),
      told({ state: "silent" }),
    ];
    expect(said).toEqual([
      "Asked for.",
      "Queued: it begins when its turn comes.",
      "It has begun: see below.",
      "Too little to learn from: see below.",
      "Made a model: see below.",
      "Has not been heard of for a minute.",
    ]);
  });
});
