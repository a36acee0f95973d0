import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AddressFact, Learned, Lifted } from "../message.ts";
import { afterChange, BY_LIFT, BY_START, type Kind, reasonsToLift, standsAgainst } from "./causes.ts";

const NONE: AddressFact = { sends: [] };
const KINDS: readonly Kind[] = ["words", "carrier", "link", "person", "complaint"];
const WHYS = Object.keys(BY_LIFT) as Lifted["why"][];

const said = (by: Kind, at: number): Learned => ({
  ...{ family: "phone", optedOutAt: at, optOut: { by, rule: "keyword", matched: `${by} ${at}`, event: `e${at}` } },
});
const start = (at: number): Learned => ({ family: "phone", takes: { kinds: BY_START, at } });
const lift = (why: Lifted["why"], until: number, at = until): Learned => ({
  ...{ family: "phone", takes: { kinds: BY_LIFT[why], at: until, lifted: { at, by: "Mia", why, until } } },
});
const folded = (...changes: Learned[]): AddressFact => changes.reduce(afterChange, NONE);

type Step = { readonly say: Kind } | { readonly start: true } | { readonly lift: Lifted["why"] };
const steps = fc.array(
  fc.record({
    at: fc.integer({ min: 1, max: 12 }),
    step: fc.oneof(
      fc.constantFrom(...KINDS).map((say): Step => ({ say })),
      fc.constant<Step>({ start: true }),
      fc.constantFrom(...WHYS).map((why): Step => ({ lift: why })),
    ),
  }),
  { maxLength: 12 },
);
const changeOf = ({ at, step }: { at: number; step: Step }): Learned =>
  "say" in step ? said(step.say, at) : "start" in step ? start(at) : lift(step.lift, at);

describe("an opt-out", () => {
  test("by words is lifted by no lift, whatever came before it and since, in any order", () => {
    fc.assert(
      fc.property(steps, (all) => {
        let fact = NONE;
        let words = 0;
        for (const one of all) {
          const { at, step } = one;
          if ("lift" in step) {
            const why = { why: step.lift, until: at };
            if (words > 0) expect(standsAgainst(fact, why)).toBe("own");
          }
          fact = afterChange(fact, changeOf(one));
          if ("say" in step && step.say === "words") words = Math.max(words, at);
          if ("start" in step && at >= words) words = 0;
          if (words > 0) expect(fact.optedOutAt).toBeDefined();
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("ends as the rule says: START takes words, carrier and judgment until it was said, a lift what its reason names", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const stands = new Map<Kind, number>();
        for (const { at, step } of all) {
          if ("say" in step) stands.set(step.say, Math.max(at, stands.get(step.say) ?? 0));
          const kinds: readonly Kind[] =
            "say" in step
              ? []
              : "start" in step
                ? ["words", "carrier", "person"]
                : step.lift === "judged_by_mistake"
                  ? ["person"]
                  : ["person", "link"];
          for (const kind of kinds) if ((stands.get(kind) ?? 0) <= at) stands.delete(kind);
        }
        const fact = folded(...all.map(changeOf));
        expect(fact.optedOutAt !== undefined).toBe(stands.size > 0);
        const own = fact.optOut === undefined ? [] : [fact.optOut.by, ...Object.keys(fact.optOut.also ?? {})];
        expect(new Set(own)).toEqual(new Set(stands.keys()));
      }),
      { numRuns: 2_000 },
    );
  });

  test("keeps its first evidence, and what came since beside it, each as it was last said", () => {
    expect(folded(said("link", 1), said("words", 2), said("link", 3), said("words", 2))).toEqual({
      sends: [],
      optedOutAt: 1,
      optOut: {
        ...{ by: "link", rule: "keyword", matched: "link 1", event: "e1" },
        also: {
          words: { at: 2, rule: "keyword", matched: "words 2", event: "e2" },
          link: { at: 3, rule: "keyword", matched: "link 3", event: "e3" },
        },
      },
    });
  });

  test("once what was first is taken back, stands by what came since, and opens the CRM's switch with the last of it", () => {
    const closed = said("person", 1);
    const fact = folded(
      { ...closed, optOut: { by: "person", closed: ["sms"] } },
      said("words", 2),
      lift("judged_by_mistake", 9),
    );
    expect(fact).toEqual({
      ...{ sends: [], optedOutAt: 2, leftAt: 1 },
      optOut: { by: "words", rule: "keyword", matched: "words 2", event: "e2", closed: ["sms"] },
    });
    expect(afterChange(fact, start(3))).toEqual({ sends: [], leftAt: 2 });
  });

  test("is lifted only as far as it was said until then, and says so from then on, until it is left again", () => {
    const lifted = folded(said("link", 5), lift("asked_by_phone", 6, 8));
    expect(lifted).toEqual({ sends: [], leftAt: 5, lifted: { at: 8, by: "Mia", why: "asked_by_phone", until: 6 } });
    expect(folded(said("link", 5), said("link", 7), lift("asked_by_phone", 6)).optedOutAt).toBe(5);
    expect(afterChange(lifted, said("words", 9)).lifted).toBeUndefined();
  });

  test("says when it last ended what is taken back: agreements until then do not come back with it", () => {
    expect(folded(said("words", 1), said("words", 4), start(6)).leftAt).toBe(4);
    expect(folded(said("words", 4), start(5), said("person", 2), lift("judged_by_mistake", 6)).leftAt).toBe(4);
    expect(folded(said("person", 1), said("link", 2), start(5))).toMatchObject({ optedOutAt: 2, leftAt: 1 });
    expect(folded(said("words", 1), start(2), said("words", 3)).leftAt).toBe(1);
    expect(folded(start(5)).leftAt).toBeUndefined();
  });

  test("of a START and a STOP that were heard in the other order ends as they were said", () => {
    expect(folded(said("words", 1), said("words", 5), start(3)).optedOutAt).toBe(1);
    expect(folded(said("words", 1), said("words", 5), start(5))).toEqual({ sends: [], leftAt: 5 });
  });
});

describe("words that nobody has judged", () => {
  const unclear = (at: number, matched = `unclear ${at}`): Learned => ({
    ...{ family: "phone", optOut: { by: "words", matched, event: `u${at}`, askedAt: at } },
  });
  const held = (at: number): AddressFact => folded(unclear(at));
  const goOn = (seen: string): Learned => ({ family: "phone", goOn: true, seen });

  test("are kept beside an opt-out, the last of them, whichever came first, and hold everything once it is lifted", () => {
    const beside = { by: "link", unclear: { at: 2, matched: "unclear 2", event: "u2" } };
    for (const all of [
      [said("link", 1), unclear(2)],
      [unclear(2), said("link", 3)],
      [unclear(2), said("link", 3), unclear(1)],
    ]) {
      expect(folded(...all).optOut).toMatchObject(beside);
      expect(folded(...all, lift("asked_by_phone", 9))).toMatchObject(held(2));
    }
    expect(folded(said("link", 1), unclear(2), unclear(3)).optOut?.unclear?.at).toBe(3);
  });

  test("stand against no lift: that takes back what was ended, and judges nothing", () => {
    const fact = folded(said("link", 1), said("person", 2), unclear(3));
    expect(standsAgainst(fact, { why: "asked_by_phone", until: 9 })).toBeUndefined();
    expect(afterChange(fact, lift("judged_by_mistake", 9)).optOut).toMatchObject({ by: "link", unclear: { at: 3 } });
  });

  test("are taken back by START that comes after them, and stand when they came after START", () => {
    for (const by of ["words", "link"] as const) {
      const fact = folded(said(by, 1), unclear(5));
      expect(afterChange(fact, start(4)).optOut?.[by === "words" ? "askedAt" : "unclear"]).toBeDefined();
      const started = afterChange(fact, start(5));
      expect(started.optOut?.unclear ?? started.optOut?.askedAt).toBeUndefined();
      expect(started.optedOutAt).toBe(by === "words" ? undefined : 1);
    }
  });

  test("and are said again are asked about by their first and kept by their last: START between them leaves the last", () => {
    const asked = folded(unclear(1), unclear(3), unclear(5));
    expect(asked.optOut).toMatchObject({ askedAt: 1, event: "u1", unclear: { at: 5, event: "u5" } });
    expect(afterChange(asked, start(4))).toEqual(held(5));
    expect(afterChange(asked, start(5))).toEqual(NONE);
    expect(afterChange(asked, goOn("u5"))).toEqual(NONE);
    expect(afterChange(asked, said("link", 6)).optOut?.unclear).toMatchObject({ at: 5 });
  });

  test("are judged as far as they were read: a person's word to go on leaves what was heard since", () => {
    expect(folded(unclear(1), unclear(5), goOn("u1"))).toEqual(held(5));
    expect(folded(unclear(1), unclear(5), goOn("u5"))).toEqual(NONE);
    expect(folded(unclear(1), unclear(5), unclear(7), goOn("u5")).optOut).toMatchObject({
      askedAt: 1,
      unclear: { at: 7 },
    });
    expect(folded(unclear(5), goOn("u1"))).toEqual(held(5));
    expect(folded(said("words", 3), unclear(4), goOn("u4"))).toMatchObject({
      optedOutAt: 3,
      optOut: { unclear: { at: 4 } },
    });
    expect(folded(goOn("u1"))).toEqual(NONE);
  });

  test("and are heard after newer ones, which somebody has read, stand as what nobody has, shown with the newer", () => {
    const late = folded(unclear(1), unclear(5), unclear(3));
    expect(late.optOut).toMatchObject({
      askedAt: 1,
      unclear: { at: 5, event: "u3", matched: "unclear 5 … unclear 3" },
    });
    expect(afterChange(late, goOn("u5"))).toEqual(late);
    expect(afterChange(late, goOn("u3"))).toEqual(NONE);
    expect(afterChange(late, start(4)).optOut?.askedAt).toBe(5);
    expect(afterChange(late, start(5))).toEqual(NONE);
    const later = folded(unclear(5), unclear(3));
    expect(later.optOut).toMatchObject({ askedAt: 5, unclear: { at: 5, event: "u3", matched: "unclear 3" } });
    expect(afterChange(later, goOn("u5")).optOut).toMatchObject({ askedAt: 5, event: "u3" });
    expect(folded(unclear(1), unclear(5), unclear(5), unclear(1))).toEqual(folded(unclear(1), unclear(5)));
  });

  test("and are said while a person makes the first an opt-out stand beside it", () => {
    const judged = (seen: string): Learned => ({ ...said("person", 9), seen });
    expect(folded(unclear(1), unclear(5), judged("u1")).optOut?.unclear).toMatchObject({ at: 5, event: "u5" });
    expect(folded(unclear(1), unclear(5), judged("u5")).optOut?.unclear).toBeUndefined();
  });

  test("are judged by the person who made them an opt-out, and said again stand beside it", () => {
    expect(folded(unclear(1), said("person", 2)).optOut?.unclear).toBeUndefined();
    expect(folded(unclear(1), said("person", 2), unclear(3)).optOut?.unclear?.at).toBe(3);
  });

  test("are the same whatever is said of the opt-out in between, and in whatever order", () => {
    const ends = fc.array(fc.tuple(fc.constantFrom("words", "link", "complaint"), fc.integer({ min: 1, max: 9 })), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(ends, fc.integer({ min: 1, max: 9 }), fc.nat({ max: 5 }), (all, at, place) => {
        const causes = all.map(([by, when]) => said(by as Kind, when));
        const fact = folded(...causes.slice(0, place), unclear(at), ...causes.slice(place));
        expect(fact.optOut?.unclear).toEqual({ at, matched: `unclear ${at}`, event: `u${at}` });
      }),
    );
  });
});

describe("a lift", () => {
  test("is not for words, the carrier, complaints, what came later, or a link that nobody judged", () => {
    const until = 4;
    const by = (why: Lifted["why"], ...changes: Learned[]) => standsAgainst(folded(...changes), { why, until });
    expect(by("asked_by_phone")).toBe("none");
    expect(by("asked_by_phone", said("words", 1))).toBe("own");
    expect(by("asked_in_writing", said("link", 1), said("carrier", 2))).toBe("own");
    expect(by("asked_in_writing", said("link", 1), said("complaint", 2))).toBe("complaint");
    expect(by("judged_by_mistake", said("link", 1))).toBe("link");
    expect(by("asked_by_phone", said("link", 5))).toBe("later");
    expect(by("asked_by_phone", said("link", 4))).toBeUndefined();
    expect(by("judged_by_mistake", said("person", 4))).toBeUndefined();
  });

  test("is not for what nobody can tell the causes of", () => {
    const alone: AddressFact = { sends: [], optedOutAt: 1, optOut: { by: "link", alone: true } };
    expect(standsAgainst(alone, { why: "asked_by_phone", until: 9 })).toBe("alone");
    expect(standsAgainst({ optedOutAt: 1 }, { why: "asked_by_phone", until: 9 })).toBe("own");
    expect(reasonsToLift(alone)).toEqual([]);
  });

  test("is offered for the reasons that fit", () => {
    expect(reasonsToLift(folded(said("person", 1)))).toEqual(WHYS);
    expect(reasonsToLift(folded(said("link", 1)))).toEqual(["asked_by_phone", "asked_in_writing"]);
    expect(reasonsToLift(folded(said("person", 1), said("words", 2)))).toEqual([]);
    expect(reasonsToLift(undefined)).toEqual([]);
  });

  test("leaves unclear words to whoever judges them", () => {
    const asked: AddressFact = { sends: [], optOut: { by: "words", askedAt: 1 } };
    for (const why of WHYS) expect(afterChange(asked, lift(why, 9))).toBe(asked);
    expect(afterChange(asked, start(2))).toEqual(NONE);
    expect(afterChange(asked, { family: "phone", goOn: true })).toEqual(NONE);
  });
});
