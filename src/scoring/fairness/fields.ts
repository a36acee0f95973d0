// Custom fields of the CRM as an audit lists them: which of them a score reads, and as what; which are left alone for one of
// their names, and why.

import { denied } from "../features/denied.ts";
import { fieldKind, saysPlans } from "../features/stated.ts";

/** A custom field that the CRM has named. */
export interface FieldAsked {
  readonly key: string;
  /** What the CRM shows; absent: it was not told. */
  readonly name?: string;
  /** All it is called, the folder's name for it first. */
  readonly names: readonly string[];
}

export interface FieldsSeen {
  readonly read: readonly { readonly key: string; readonly name?: string; readonly as: string }[];
  /** `as`: what would be read of it otherwise; absent: nothing. */
  readonly refused: readonly {
    readonly key: string;
    readonly name?: string;
    readonly as?: string;
    /** The name that is refused, and why. */
    readonly because: string;
    readonly why: string;
  }[];
  /** How many more there are, of which nothing is read either. */
  readonly others: number;
}

const FIGURES = { timeline: "time line", budget: "budget", approved: "pre-approval" } as const;

export function fieldsSeen(fields: readonly FieldAsked[]): FieldsSeen {
  const seen = fields.map(({ key, name, names }) => {
    const because = [key, ...names].find((one) => denied(one) !== undefined);
    const [as, wouldBe] = [fieldKind(names), saysPlans(names)];
    return { about: { key, ...(name === undefined ? {} : { name }) }, as, wouldBe, because };
  });
  return {
    read: seen.flatMap(({ about, as }) => (as === undefined ? [] : [{ ...about, as: FIGURES[as] }])),
    refused: seen.flatMap(({ about, wouldBe, because }) =>
      because === undefined
        ? []
        : [
            {
              ...about,
              ...(wouldBe === undefined ? {} : { as: FIGURES[wouldBe] }),
              because,
              why: denied(because) as string,
            },
          ],
    ),
    others: seen.filter(({ as, because }) => as === undefined && because === undefined).length,
  };
}
