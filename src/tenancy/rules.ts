// What an owner sets of the rules at a location: the pack, emergencies, consent and what it may lift, quiet hours and caps.
// It stands in the settings of the installation. What loosens a rule is answered with a warning, and everything is audited.

import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import { isObject, type JsonObject } from "../kernel/json.ts";
import { parse } from "../kernel/request.ts";
import type { Database } from "../kernel/sql.ts";
import type { Clock } from "../kernel/time.ts";
import { loosened, quietMinutes } from "./loosened.ts";
import { insertAudit } from "./store.ts";

const state = z.string().regex(/^[A-Z]{2}$/, "expected a state's two letters");
const date = z.iso.date("expected a date, as 2026-11-22");
const level = z.enum(["claim", "given", "written"]);
const months = z.number().int().min(1).max(60);
const byChannel = z.strictObject({
  sms: level.optional(),
  email: level.optional(),
  whatsapp: level.optional(),
  voice: level.optional(),
});
const hold = z
  .strictObject({
    state,
    from: date,
    until: date.optional(),
    reason: z.string().trim().min(1).max(300),
    exceptions: z
      .strictObject({
        consent: z.boolean().optional(),
        transactionMonths: months.optional(),
        inquiryMonths: months.optional(),
      })
      .optional(),
  })
  .refine(({ from, until }) => until === undefined || from < until, {
    error: "ends before it begins",
    path: ["until"],
  });

const clock = "([01]\\d|2[0-3]):[0-5]\\d";
const range = z
  .string()
  .regex(new RegExp(`^${clock}-(${clock}|24:00)$`), 'expected hours of the day, as "21:00-08:00"')
  .refine((text) => text.slice(0, 5) !== text.slice(6), "begins when it ends: that is no time at all");
/** Of an address fifty sends are kept: a cap of more would never bind. */
const rate = z
  .string()
  .regex(/^([1-9]|[1-4]\d|50) per [1-9]\d{0,2}[mhd]$/, 'expected at most 50 in a window, as "2 per 24h"');
const caps = z.strictObject({
  all: rate.optional(),
  sms: rate.optional(),
  email: rate.optional(),
  whatsapp: rate.optional(),
  voice: rate.optional(),
});

const Rules = z.strictObject({
  pack: z.enum(["careful", "statute"]).optional(),
  holds: z.array(hold).max(100).optional(),
  lift: z.array(state).max(60).optional(),
  /** Beside the folder's, on the lead's clock: the strictest of all binds. */
  quietHours: z.array(range).max(10).optional(),
  /** Quiet hours of the team hold for e-mail, too. */
  emailQuietHours: z.boolean().optional(),
  /** Marketing messages to one lead in a sliding window, beside the folder's. */
  caps: caps.optional(),
  consent: z.strictObject({ marketing: byChannel.optional(), transactional: byChannel.optional() }).optional(),
  agentQuietMinutes: z
    .number()
    .int()
    .min(0)
    .max(7 * 24 * 60)
    .optional(),
});
export type LocationRules = z.output<typeof Rules>;
const Parts = z.record(z.string(), z.unknown(), {
  error: `expected an object: ${Object.keys(Rules.shape).join(", ")}`,
});

export interface RuleSettings {
  read(location: string): Promise<LocationRules>;
  /**
   * Replaces the parts that are named, of the caps those of the channels that are named; null takes one back to what is
   * built in. `mayLoosen`: also where quiet hours or caps bind less by it.
   *
   * @throws InvalidInput with what was expected; `forbidden` for what binds less
   */
  change(
    location: string,
    parts: unknown,
    asker: { readonly by: string; readonly mayLoosen: boolean },
  ): Promise<{ readonly rules: LocationRules; readonly warnings: readonly string[] }>;
}

export function openRules({
  database,
  clock,
  changed,
}: {
  readonly database: Database;
  readonly clock: Pick<Clock, "now">;
  /** Told after the commit: what is held in memory is read anew. */
  readonly changed: (location: string) => Promise<void>;
}): RuleSettings {
  return {
    read: (location) => database.transaction([location], (sql) => stored(sql, location)),
    async change(location, parts, { by, mayLoosen }) {
      const named = parse(Parts, parts ?? {});
      const result = await database.transaction([location], async (sql) => {
        await sql.query("select from installation where location_id = $1 for update", [location]);
        const before = await stored(sql, location);
        const rules = parse(Rules, patched(before, named));
        const less = mayLoosen ? [] : loosened(before, rules);
        if (less.length > 0)
          throw new InvalidInput(`This loosens ${less.join(", ")}, which takes an owner.`, "forbidden");
        await sql.query(
          "update installation set settings = settings || jsonb_build_object('compliance', $2::jsonb) where location_id = $1",
          [location, JSON.stringify(rules)],
        );
        const data = { before, after: rules } as unknown as JsonObject;
        await insertAudit(sql, { location, at: clock.now(), who: by, act: "rules_changed", subject: location, data });
        return { rules, warnings: warningsOf(before, rules) };
      });
      await changed(location);
      return result;
    },
  };
}

/** Caps are kept by channel: who changes one touches no other, whatever somebody else has just set. */
function patched(before: LocationRules, named: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const caps = isObject(named["caps"]) ? { caps: given({ ...before.caps, ...named["caps"] }) } : {};
  const { caps: all, ...rest } = { ...given({ ...before, ...named }), ...caps };
  return all === undefined || (isObject(all) && Object.keys(all).length === 0) ? rest : { ...rest, caps: all };
}

const given = (parts: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== null));

async function stored(sql: Parameters<typeof insertAudit>[0], location: string): Promise<LocationRules> {
  const { rows } = await sql.query<{ rules: LocationRules | null }>(
    "select settings -> 'compliance' as rules from installation where location_id = $1",
    [location],
  );
  return rows[0]?.rules ?? {};
}

/** What somebody should know who has just loosened something, or closed the whole day. */
function warningsOf(before: LocationRules, after: LocationRules): string[] {
  const warnings: string[] = [];
  if (after.pack === "statute" && before.pack !== "statute")
    warnings.push(
      "The pack statute keeps to the table alone: wider hours, and no cap where a state has none. Have counsel approve it.",
    );
  const lifted = (after.lift ?? []).filter((one) => before.lift?.includes(one) !== true);
  if (lifted.length > 0)
    warnings.push(
      `Consent and dealings now lift the hours of ${lifted.join(", ")} where their law exempts them. Whether a text with consent is outside quiet hours is not decided; the federal hours stay. Have counsel approve it.`,
    );
  const ended = (before.holds ?? []).filter((one) => after.holds?.some((other) => other.state === one.state) !== true);
  for (const one of ended) warnings.push(`The emergency in ${one.state} is lifted: marketing goes out there again.`);
  if (quietMinutes(after.quietHours ?? []).every((quiet) => quiet === 1))
    warnings.push(
      "The quiet hours cover the whole day: what keeps them may never be sent, and expires. Leave some hours of the day free.",
    );
  return warnings;
}
