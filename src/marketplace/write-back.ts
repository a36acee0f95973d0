// What the CRM's contact is told of a lead: score, tier, how likely it goes cold and the last decision, where a person would notice the change.
// Pure.

import { idFrom } from "../kernel/ids.ts";
import { OWN_FIELDS } from "../kernel/own-fields.ts";
import { HOUR, type Instant, MINUTE, type Millis } from "../kernel/time.ts";
import type { Catalog, Lead } from "../leads/index.ts";
import type { NewRow } from "../outreach/index.ts";

/** Where a lead stands after a turn. */
export interface Standing {
  readonly lead: Lead;
  readonly turn: number;
  /** 0 to 1. */
  readonly score: number;
  readonly tier: string;
  /** 0 to 1, that it goes cold; where a model says it. */
  readonly churn?: number;
  /** The turn's latest decision about a message or an enrollment, in words. */
  readonly decision?: { readonly id: string; readonly text: string };
}

/** What was asked to be written last. */
export interface Written {
  readonly outbox: string;
  readonly askedAt: Instant;
  /** Of 100. */
  readonly score: number;
  readonly tier: string;
  /** Percent. */
  readonly churn?: number;
  readonly decision?: string;
  /** The CRM never had it. */
  readonly lost: boolean;
}

/** A custom field, by the CRM's id. */
export interface FieldValue {
  readonly id: string;
  readonly value: string | number;
}

/** A score, or a chance in percent, must move by this much of 100 to be told. */
const STEP = 5;
/** Takes a value out of a field. @source the update's schema: a custom value is a text, a list or an object, and never null */
const EMPTY = "";
/** Not more often for a lead: what happens meanwhile is told together. */
const APART: Millis = HOUR;
/** Its row is tried again so often; after that the next change is told instead. */
const RETRY = { times: 3, every: 5 * MINUTE };

/** The row that tells it, and what it tells; undefined: nobody would notice. */
export function writeBack(
  standing: Standing,
  before: Written | undefined,
  { catalog, now, location }: { readonly catalog: Catalog; readonly now: Instant; readonly location: string },
): { readonly row: NewRow; readonly custom: readonly FieldValue[]; readonly written: Written } | undefined {
  const { lead, turn, tier, churn: chance, decision } = standing;
  if (lead.deleted || lead.stub) return undefined;
  const score = Math.round(standing.score * 100);
  const churn = chance === undefined ? undefined : Math.round(chance * 100);
  // a row that was lost may have been the one that took the last percent out
  const emptied = churn === undefined && (before?.churn !== undefined || before?.lost === true);
  const noticed =
    before === undefined ||
    emptied ||
    before.lost ||
    before.tier !== tier ||
    Math.abs(before.score - score) >= STEP ||
    (churn !== undefined && (before.churn === undefined || Math.abs(before.churn - churn) >= STEP)) ||
    (decision !== undefined && before.decision !== decision.id);
  const values = { score, tier, churn: emptied ? EMPTY : churn, decision: decision?.text };
  const custom = noticed ? fieldsOf(catalog, values) : [];
  if (custom.length === 0) return undefined;
  const askedAt = before === undefined ? now : Math.max(now, before.askedAt + (before.askedAt > now ? 0 : APART));
  const id = idFrom(location, lead.id, "write_back", turn);
  const row: NewRow = {
    ...{ id, location, lead: lead.id, kind: "write_back", lane: "bulk", priority: 0, createdAt: now },
    ...(askedAt > now ? { notBefore: askedAt } : {}),
    body: { custom: custom.map((field) => ({ ...field })) },
    retry: RETRY,
  };
  const known = decision?.id ?? before?.decision;
  return {
    row,
    custom,
    written: {
      ...{ outbox: id, askedAt, score, tier, lost: false },
      ...(churn === undefined ? {} : { churn }),
      ...(known === undefined ? {} : { decision: known }),
    },
  };
}

/** Those of our fields that the location has; it may have taken one out, and then it is not told that. */
function fieldsOf(
  { fields, gone }: Catalog,
  values: Readonly<Record<keyof typeof OWN_FIELDS, string | number | undefined>>,
): FieldValue[] {
  const ids = new Map(Object.values(fields).flatMap(({ key, id }) => (gone.has(id) ? [] : [[key, id]])));
  return (Object.keys(OWN_FIELDS) as (keyof typeof OWN_FIELDS)[]).flatMap((name) => {
    const [id, value] = [ids.get(OWN_FIELDS[name].key), values[name]];
    return id === undefined || value === undefined ? [] : [{ id, value }];
  });
}
