// What changes in the town over time, around every lead: the mix of sources, mail programs, how calls and texts are
// taken, how readily people book. Without drift it is calm: nothing changes.

import { DAY, type Instant } from "../../src/kernel/time.ts";
import { SOURCES, type Source, shares } from "./parameters.ts";

export interface Climate {
  /** Shares of the sources among those who come now. */
  readonly sources: Readonly<Record<Source, number>>;
  /** Share of mail programs that open by proxy. */
  readonly apple: number;
  /** Added to appetite at birth. */
  readonly appetite: number;
  /** Added to the log of the booking hazard. */
  readonly base: number;
  /** Added to the logit of an answered call. */
  readonly call: number;
  /** Added to the log of the hazard of a STOP. */
  readonly optOut: number;
}

export const CALM: Climate = { sources: shares(SOURCES), apple: 0.5, appetite: 0, base: 0, call: 0, optOut: 0 };

export interface Drift {
  /** Years are counted from here. */
  readonly since: Instant;
  /** A jump of the rates, once and for good. */
  readonly shockAt?: Instant;
}

/** Year by year, in steps of a day; the shock turns leads from Facebook from .24 to .40 of all and books less, browses more. */
export function climateOf({ since, shockAt = Number.POSITIVE_INFINITY }: Drift): (at: Instant) => Climate {
  const days = new Map<number, Climate>();
  return (at) => {
    const day = Math.floor(at / DAY);
    const known = days.get(day) ?? climateOn((day * DAY - since) / (365 * DAY), day * DAY >= shockAt);
    days.set(day, known);
    return known;
  };
}

function climateOn(years: number, isShocked: boolean): Climate {
  const y = Math.max(0, years);
  const { facebook, portal } = CALM.sources;
  const drifted = {
    // in the same order, so that the same number draws the same source
    ...CALM.sources,
    facebook: Math.min(0.6, facebook + 0.04 * y) + (isShocked ? 0.16 : 0),
    portal: Math.max(0.05, portal - 0.03 * y),
  };
  return {
    sources: isShocked ? withFacebook(drifted) : drifted,
    apple: Math.min(0.9, CALM.apple + 0.05 * y),
    appetite: isShocked ? 0.3 : 0,
    base: -0.1 * y - (isShocked ? 0.35 : 0),
    call: -0.08 * y,
    optOut: 0.06 * y,
  };
}

/** The others give way, each by its share, so that Facebook's is what it was given. */
function withFacebook(sources: Readonly<Record<Source, number>>): Record<Source, number> {
  const rest = Object.values(sources).reduce((sum, share) => sum + share, 0) - sources.facebook;
  const scale = (1 - sources.facebook) / rest;
  return {
    ...(Object.fromEntries(Object.entries(sources).map(([source, share]) => [source, share * scale])) as Record<
      Source,
      number
    >),
    facebook: sources.facebook,
  };
}
