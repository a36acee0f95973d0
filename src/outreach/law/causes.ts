// What ended messages to a number or address, kind by kind, and what takes which of it back. Pure. One fold for the turn
// that decides, for the row at rest and for time travel, so that whatever comes between never revives an opt-out.

import type { Instant } from "../../kernel/time.ts";
import type { AddressFact, Learned, Lifted, OptOut, Taking } from "../message.ts";

export type Kind = OptOut["by"];

/** START takes back what the lead's words, the carrier or a person's judgment ended; not what a link or a complaint did. */
export const BY_START: readonly Kind[] = ["words", "carrier", "person"];
/** The same from a number that is not the contact's: nobody of the team has judged that one. */
export const BY_START_ELSEWHERE: readonly Kind[] = ["words", "carrier"];

/**
 * What a manager's lift takes back, by its reason. The lead's own words, the carrier's block and a complaint are in none:
 * those are the lead's own to lift (compliance facts 2).
 */
export const BY_LIFT: Readonly<Record<Lifted["why"], readonly Kind[]>> = {
  judged_by_mistake: ["person"],
  asked_by_phone: ["link", "person"],
  asked_in_writing: ["link", "person"],
};

type Known = Pick<AddressFact, "optedOutAt" | "optOut" | "lifted" | "leftAt">;

interface Cause {
  /** Absent: from before causes were kept, which nobody lifts. */
  readonly by?: Kind;
  readonly at: Instant;
  /** When it was last said. */
  readonly last: Instant;
  readonly why: Pick<OptOut, "rule" | "matched" | "event" | "lead">;
}

/** What is known once a change has come. The first opt-out's evidence stands; what came since stands beside it. */
export function afterChange<Fact extends Known>(fact: Fact, { optedOutAt, optOut, goOn, seen, takes }: Learned): Fact {
  if (takes !== undefined) return taken(fact, takes);
  if (goOn !== undefined) return wentOn(fact, seen);
  if (optedOutAt !== undefined) return ended(fact, optedOutAt, optOut, seen);
  if (optOut === undefined) return fact;
  if (fact.optedOutAt !== undefined) return beside(fact, unclearOf(optOut));
  return fact.optOut?.askedAt === undefined ? { ...fact, optOut } : again(fact, fact.optOut, optOut);
}

/** Names the last unclear words that were heard of a number or address: what a person has read who judges them. */
export const lastWords = ({ askedAt, unclear, event }: OptOut): string =>
  unclear === undefined ? (event ?? String(askedAt)) : (unclear.event ?? String(unclear.at));

/** What was not read of words that nobody has judged. Absent: who judged them had read them all. */
function unread(asked: OptOut, seen: string | undefined): "all" | OptOut["unclear"] {
  if (seen === undefined || seen === lastWords(asked)) return undefined;
  const { unclear, ...first } = asked;
  return seen === lastWords(first) ? unclear : "all";
}

function wentOn<Fact extends Known>(fact: Fact, seen: string | undefined): Fact {
  const { optOut, ...rest } = fact;
  if (fact.optedOutAt !== undefined || optOut?.askedAt === undefined) return fact;
  const left = unread(optOut, seen);
  return left === "all" ? fact : ({ ...rest, ...askedOf(left) } as unknown as Fact);
}

/** Unclear words once more: the last that was heard is the last, also where it was said before another. START takes back both or none. */
function again<Fact extends Known>(fact: Fact, asked: OptOut, words: OptOut): Fact {
  const said = unclearOf(words);
  if (said === undefined || (said.event !== undefined && [asked.event, asked.unclear?.event].includes(said.event)))
    return fact;
  const last = asked.unclear ?? unclearOf(asked);
  const isLate = last !== undefined && said.at < last.at;
  const matched = [asked.unclear?.matched, said.matched].filter((one) => one !== undefined).join(" … ");
  const unclear = isLate ? { ...said, at: last.at, ...(matched === "" ? {} : { matched }) } : said;
  return { ...fact, optOut: { ...asked, unclear } };
}

/** Unclear words of one that has left ask nobody for anything; who takes back what ended it is to know of them. The last are kept. */
function beside<Fact extends Known>(fact: Fact, unclear: OptOut["unclear"]): Fact {
  if (unclear === undefined || fact.optOut === undefined || (fact.optOut.unclear?.at ?? 0) >= unclear.at) return fact;
  return { ...fact, optOut: { ...fact.optOut, unclear } };
}

const unclearOf = ({ askedAt, ...why }: OptOut): OptOut["unclear"] =>
  askedAt === undefined ? undefined : { at: askedAt, ...whyOf(why) };

function ended<Fact extends Known>(fact: Fact, at: Instant, optOut: OptOut | undefined, seen?: string): Fact {
  if (fact.optedOutAt === undefined) {
    const { lifted: _, optOut: asked, ...rest } = fact;
    const left = { ...rest, optedOutAt: at, ...(optOut === undefined ? {} : { optOut }) } as Fact;
    // a person's judgment is of the very words that were read
    if (asked === undefined || (optOut?.by === "person" && unread(asked, seen) === undefined)) return left;
    return beside(left, asked.unclear ?? unclearOf(asked));
  }
  if (optOut === undefined || fact.optOut === undefined) return fact;
  const before = causesOf(fact).find(({ by }) => by === optOut.by);
  if (before !== undefined && at <= before.last) return fact;
  const also = { ...fact.optOut.also, [optOut.by]: { at, ...whyOf(optOut) } };
  return { ...fact, optOut: { ...fact.optOut, also } };
}

/** What remains is the evidence from then on, the oldest first. What we closed in the CRM opens with the last of it. */
function taken<Fact extends Known>(fact: Fact, { kinds, at, lifted }: Taking): Fact {
  const { optedOutAt, optOut, ...rest } = fact;
  if (optedOutAt === undefined) {
    const isTaken = optOut !== undefined && kinds.includes(optOut.by) && (optOut.askedAt ?? at) <= at;
    return isTaken ? ({ ...rest, ...askedOf(unclearAfter(optOut.unclear, { kinds, at })) } as unknown as Fact) : fact;
  }
  const causes = causesOf(fact);
  const left = causes.filter(({ by, last }) => by === undefined || !kinds.includes(by) || last > at);
  const unclear = unclearAfter(optOut?.unclear, { kinds, at });
  if (left.length === causes.length) return unclear === optOut?.unclear ? fact : withoutUnclear(fact);
  const gone = causes.filter((one) => !left.includes(one)).map(({ last }) => last);
  const leftAt = Math.max(fact.leftAt ?? 0, ...gone);
  const [first, ...others] = left.toSorted((a, b) => a.at - b.at);
  if (first?.by === undefined) {
    return { ...rest, leftAt, ...(lifted === undefined ? {} : { lifted }), ...askedOf(unclear) } as unknown as Fact;
  }
  const again = first.last > first.at ? [{ ...first, at: first.last }] : [];
  const also = Object.fromEntries([...others, ...again].map(({ by, last, why }) => [by, { at: last, ...why }]));
  return {
    ...rest,
    leftAt,
    optedOutAt: first.at,
    optOut: {
      ...{ by: first.by, ...first.why },
      ...(optOut?.alone === true ? { alone: true } : {}),
      ...(optOut?.closed === undefined ? {} : { closed: optOut.closed }),
      ...(Object.keys(also).length === 0 ? {} : { also }),
      ...(unclear === undefined ? {} : { unclear }),
    },
  } as unknown as Fact;
}

/** START takes back what was said until then, clear or not. A lift judges no words. */
const unclearAfter = (unclear: OptOut["unclear"], { kinds, at }: Pick<Taking, "kinds" | "at">): OptOut["unclear"] =>
  unclear === undefined || (kinds.includes("words") && unclear.at <= at) ? undefined : unclear;

/** What nobody judged while it stood beside something else is asked about once that is gone. */
const askedOf = (unclear: OptOut["unclear"]): Pick<Known, "optOut"> =>
  unclear === undefined ? {} : { optOut: { by: "words", ...whyOf(unclear), askedAt: unclear.at } };

function withoutUnclear<Fact extends Known>({ optOut, ...rest }: Fact): Fact {
  const { unclear: _, ...left } = optOut ?? {};
  return { ...rest, optOut: left } as unknown as Fact;
}

/** Why a lift takes nothing back, or must not. */
export type Stands =
  /** Nothing is opted out. */
  | "none"
  /** The lead's own words, or the carrier's block. */
  | "own"
  /** From before it was kept what came since: the lead's own words may be among it. */
  | "alone"
  | "complaint"
  /** It was said after the lead is told to have asked for messages again. */
  | "later"
  /** The lead itself pressed the link: no person of the team has judged it. */
  | "link";

/** What stands against a lift; undefined: nothing does, and all of it is taken back. */
export function standsAgainst(
  fact: Known | undefined,
  { why, until }: Pick<Lifted, "why" | "until">,
): Stands | undefined {
  if (fact?.optedOutAt === undefined) return "none";
  const causes = causesOf(fact);
  const has = (...kinds: readonly (Kind | undefined)[]) => causes.some(({ by }) => kinds.includes(by));
  if (has("words", "carrier", undefined)) return "own";
  if (has("complaint")) return "complaint";
  if (fact.optOut?.alone === true) return "alone";
  if (causes.some(({ by }) => by !== undefined && !BY_LIFT[why].includes(by))) return "link";
  return causes.some(({ last }) => last > until) ? "later" : undefined;
}

/** The reasons for which it may be lifted at all; none where it is the lead's own to lift. */
export const reasonsToLift = (fact: Known | undefined): readonly Lifted["why"][] =>
  (Object.keys(BY_LIFT) as Lifted["why"][]).filter(
    (why) => standsAgainst(fact, { why, until: Number.POSITIVE_INFINITY }) === undefined,
  );

/** Each kind once, with its first and its last instant. */
function causesOf({ optedOutAt, optOut }: Known): readonly Cause[] {
  if (optedOutAt === undefined) return [];
  if (optOut === undefined) return [{ at: optedOutAt, last: optedOutAt, why: {} }];
  const { by, also = {} } = optOut;
  const first: Cause = {
    by,
    at: optedOutAt,
    last: Math.max(optedOutAt, also[by]?.at ?? optedOutAt),
    why: whyOf(optOut),
  };
  const since = (Object.keys(also) as Kind[]).flatMap((kind): Cause[] => {
    const one = also[kind];
    return kind === by || one === undefined ? [] : [{ by: kind, at: one.at, last: one.at, why: whyOf(one) }];
  });
  return [first, ...since];
}

const whyOf = ({ rule, matched, event, lead }: Cause["why"]): Cause["why"] => ({
  ...(rule === undefined ? {} : { rule }),
  ...(matched === undefined ? {} : { matched }),
  ...(event === undefined ? {} : { event }),
  ...(lead === undefined ? {} : { lead }),
});
