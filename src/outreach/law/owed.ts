// STOP and START of a contact whose words name no number or address, which may have been changed in the CRM while the webhook that
// told of it was lost. A STOP holds for the one that we know, and for the one that the CRM names next; START lifts nothing
// until the CRM has said that the contact still has the one that we know. Pure.

import { type Instant, type Millis, SECOND } from "../../kernel/time.ts";
import type { AddressChange, OptOut } from "../message.ts";
import type { Addresses } from "./address.ts";
import type { Family } from "./scope.ts";

export interface OwedOptOut {
  readonly family: Family;
  readonly at: Instant;
  readonly optOut: OptOut;
  /** Numbers or addresses that it closes no more: it is heard there already, or START came from there since. */
  readonly heard?: readonly string[];
  /**
   * When the CRM is asked what the contact has, and how often it has been. Absent: it has said that there is none, and a record
   * that names one closes and ends it, however late.
   */
  readonly ask?: Asked;
}

interface Asked {
  readonly at: Instant;
  readonly times: number;
}

/** What START would lift, at the number or address that we took for the contact's when it was read. */
export interface OwedStart {
  readonly family: Family;
  readonly at: Instant;
  /** Normalized. */
  readonly address: string;
  readonly word: string;
  readonly event: string;
  readonly ask: Asked;
}

/** A number or address that the contact had, and until when words of it may answer what was sent there. */
export interface Former {
  readonly family: Family;
  /** Normalized. */
  readonly address: string;
  readonly until: Instant;
}

/** What a record of the CRM names. */
export interface Named {
  /** When it was stated, or asked for. */
  readonly at: Instant;
  readonly to: Addresses;
}

/** Six times as long after each question without an answer, without an end: six in four hours, ten in a year. Domain time. */
const AGAIN_MS: Millis = 10 * SECOND;

/**
 * @param known what we take for the contact's. Where nothing is, the CRM has been asked already.
 * @param now of our own clock, for the CRM's may be ahead
 */
export const owedOf = (optOut: OwedOptOut, known: string | undefined, now: Instant): OwedOptOut =>
  known === undefined ? optOut : { ...optOut, heard: [known], ask: { at: now, times: 0 } };

/**
 * One of each family, asked about when the first of them is. The later holds for whatever the earlier does; where the earlier was heard,
 * it is heard again: START may have come from there between them.
 */
export function joined(owed: readonly OwedOptOut[], more: readonly OwedOptOut[]): readonly OwedOptOut[] {
  const one = new Map<Family, OwedOptOut>();
  for (const next of [...owed, ...more]) {
    const before = one.get(next.family);
    const { ask: _, ...later } = before !== undefined && before.at > next.at ? before : next;
    const [ask] = [before?.ask, next.ask].filter((each) => each !== undefined).sort((a, b) => a.at - b.at);
    one.set(next.family, { ...later, ...(ask === undefined ? {} : { ask }) });
  }
  return [...one.values()];
}

/**
 * What is owed once START was said: nothing of what came before it.
 *
 * @param elsewhere the number or address, normalized, from which it came, where that is not the contact's: it lifts only there
 */
export function started(
  owed: readonly OwedOptOut[],
  { family, at, elsewhere }: { readonly family: Family; readonly at: Instant; readonly elsewhere?: string | undefined },
): readonly OwedOptOut[] {
  return owed.flatMap((one) => {
    if (one.family !== family || one.at > at) return [one];
    return elsewhere === undefined ? [] : [{ ...one, heard: [...new Set([...(one.heard ?? []), elsewhere])] }];
  });
}

/**
 * What is owed, made of the numbers and addresses that have become known. A record from before the words were said may be
 * older than the change: what it names is closed, too, and the next one waited for.
 *
 * @param to the contact's as we know them now
 */
export function placed(
  owed: readonly OwedOptOut[],
  to: Addresses,
  told?: Named,
): { readonly addresses: readonly AddressChange[]; readonly owed: readonly OwedOptOut[] } {
  const addresses: AddressChange[] = [];
  const left = owed.flatMap(({ heard = [], ask, ...said }): OwedOptOut[] => {
    const { family, at, optOut } = said;
    const named = told?.to[family];
    const found = [...new Set([to[family], named])].flatMap((one) =>
      one === undefined || heard.includes(one) ? [] : [one],
    );
    addresses.push(...found.map((address) => ({ family, address, optedOutAt: at, optOut })));
    const isAnswered = told !== undefined && told.at >= at;
    if (isAnswered && named !== undefined) return [];
    const known = [...heard, ...found];
    return [
      { ...said, ...(known.length === 0 ? {} : { heard: known }), ...(ask === undefined || isAnswered ? {} : { ask }) },
    ];
  });
  return { addresses, owed: left };
}

/**
 * Which STARTs may lift, and which are still to be answered. Of one whose contact turns out to have another number nobody
 * can tell from where it was said: it lifts nothing.
 *
 * @param to the contact's as we know them now
 */
export function confirmed(
  starts: readonly OwedStart[],
  to: Addresses,
  told?: Named,
): { readonly sure: readonly OwedStart[]; readonly starts: readonly OwedStart[] } {
  const left = starts.filter(({ family, address }) => to[family] === address);
  if (told === undefined) return { sure: [], starts: left };
  const answered = left.filter(({ at }) => told.at >= at);
  return {
    sure: answered.filter(({ family, address }) => told.to[family] === address),
    starts: left.filter((one) => !answered.includes(one)),
  };
}

/** Whether the CRM is to be asked now, and what is owed then: asked again later. */
export function asking<Owed extends { readonly ask?: Asked }>(
  owed: readonly Owed[],
  now: Instant,
): { readonly asks: boolean; readonly owed: readonly Owed[] } {
  const isDue = ({ ask }: Owed) => ask !== undefined && ask.at <= now;
  if (!owed.some(isDue)) return { asks: false, owed };
  const after = owed.map((one): Owed => {
    if (!isDue(one)) return one;
    const times = (one.ask?.times ?? 0) + 1;
    return { ...one, ask: { at: now + AGAIN_MS * 6 ** (times - 1), times } };
  });
  return { asks: true, owed: after };
}
