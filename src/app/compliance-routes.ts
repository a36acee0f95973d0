// HTTP for what a lead agreed to, where it lives, and the rules that an owner sets.

import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import {
  evidence,
  evidenceName,
  type KeptConsent,
  keptBack,
  legalHolds,
  liftLegalHold,
  readConsents,
  setLegalHold,
  verify,
} from "../compliance/index.ts";
import { insertEvents, insertMail, letterOf } from "../events/index.ts";
import { checkName, codeInWords } from "../insights/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { newId } from "../kernel/ids.ts";
import type { JsonObject } from "../kernel/json.ts";
import { normalizePhone } from "../kernel/phone.ts";
import { after, id, limit, nextOf, parse, text } from "../kernel/request.ts";
import type { Database } from "../kernel/sql.ts";
import { type Clock, DAY, iso } from "../kernel/time.ts";
import { isZone } from "../kernel/zone.ts";
import { readLeads } from "../leads/index.ts";
import { liftRefusal, normalizeEmail, RULES_DATE, readRefusals } from "../outreach/index.ts";
import { type Asker, insertAudit, type LocationRules, type RuleSettings } from "../tenancy/index.ts";
import type { FolderSettings } from "../workflows/index.ts";
import { openAsked } from "./asked.ts";
import { rulesView } from "./binding.ts";

export interface ComplianceDoors {
  readonly authorize: Asker;
  readonly database: Database;
  readonly clock: Clock;
  readonly rules: RuleSettings;
  /** The `settings` of what is published there; undefined where nothing is. */
  settings(location: string): Promise<FolderSettings | undefined>;
  mailed(location: string): void;
}

const channel = z.enum(["sms", "email", "whatsapp", "voice"]);
const instant = z.iso.datetime({ offset: true }).transform((said) => Date.parse(said));
const Consent = z.strictObject({
  id: id.optional(),
  channels: z.array(channel).min(1),
  purposes: z
    .array(z.enum(["marketing", "transactional"]))
    .min(1)
    .default(["marketing", "transactional"]),
  level: z.enum(["claim", "given", "written"]).default("given"),
  phone: text(40).optional(),
  email: text(254).optional(),
  /** The words that were shown, in full. */
  wording: text(10_000).optional(),
  seller: text(200).optional(),
  page: text(2_000).optional(),
  act: z.enum(["box", "reply", "click", "voice", "signature"]).optional(),
  preticked: z.boolean().optional(),
  at: instant.optional(),
  ip: z.union([z.ipv4(), z.ipv6()]).optional(),
  user_agent: text(500).optional(),
  certificate: text(500).optional(),
  source: text(200),
});
const Withdrawal = z.strictObject({
  consent: id.optional(),
  channels: z.array(channel).min(1).optional(),
  reason: text(300),
});
const Zone = z.strictObject({
  zone: z.union([z.string().refine(isZone, "expected a zone, as America/Chicago"), z.null()]),
});

const Period = z.object({ from: instant.optional(), to: instant.optional(), lead: id.optional() });
/** `*` is the whole location. */
const LegalHold = z.strictObject({
  lead: z.union([z.literal("*"), id]),
  reason: text(300),
  lift: z.boolean().default(false),
});

/** A domain of ours; '' is that of the CRM's own choice. */
const Lift = z.strictObject({ domain: z.string().max(253) });

/** Marketing from a domain that receivers refuse goes on: a person has seen to it. Audited where it was held. */
export const letGo = (database: Database, location: string, domain: string, how: { at: number; by: string }) =>
  database.transaction([location], async (sql) => {
    const lifted = await liftRefusal(sql, location, domain.toLowerCase(), how);
    const data = { domain };
    const entry = { location, at: how.at, who: how.by, act: "sender_let_go", subject: location, data };
    if (lifted) await insertAudit(sql, entry);
    return lifted;
  });

export function complianceRoutes(app: FastifyInstance, doors: ComplianceDoors): void {
  const { database, clock } = doors;
  const at = "/v1/locations/:location";

  const asked = openAsked(doors.authorize);
  const leadIn = (request: FastifyRequest) => parse(z.looseObject({ lead: id }), request.params).lead;

  /** Mails an event to a lead that there is, audited in the same transaction. */
  async function tell(
    { location, by }: { location: string; by: string },
    lead: string,
    event: { readonly type: string; readonly at: number; readonly data: JsonObject },
  ): Promise<void> {
    const now = clock.now();
    await database.transaction([location], async (sql) => {
      if (!(await readLeads(sql, location, [lead])).has(lead))
        throw new InvalidInput("There is no such lead.", "not-found");
      const stored = { ...event, id: newId(now), location, lead, receivedAt: now, source: "api" as const };
      await insertEvents(sql, [stored]);
      await insertMail(sql, [letterOf(stored)]);
      const data = typeof event.data["consent"] === "string" ? { consent: event.data["consent"] } : {};
      await insertAudit(sql, { location, at: now, who: by, act: event.type, subject: lead, data });
    });
    doors.mailed(location);
  }

  app.get(`${at}/leads/:lead/consent`, async (request, reply) => {
    const { location } = await asked(request, "agent");
    const page = parse(z.object({ after, limit }), request.query);
    const kept = await database.transaction([location], (sql) => readConsents(sql, location, leadIn(request), page));
    reply.header("cache-control", "no-store");
    return { items: kept.map(shown), ...nextOf(kept, page.limit, (last) => ({ id: last.id, at: last.givenAt })) };
  });

  app.post(`${at}/leads/:lead/consent`, async (request, reply) => {
    const who = await asked(request, "agent");
    const { id: own = randomUUID(), at: given, phone, email, ...rest } = parse(Consent, request.body ?? {});
    const number = phone === undefined ? undefined : normalizePhone(phone);
    if (phone !== undefined && number === undefined) throw new InvalidInput(`phone: "${phone}" is no number.`);
    const address = email === undefined ? undefined : normalizeEmail(email);
    if (email !== undefined && address === undefined) throw new InvalidInput(`email: "${email}" is no address.`);
    const now = clock.now();
    if (given !== undefined && given > now) throw new InvalidInput("at: consent cannot be given in the future.");
    const data = {
      ...rest,
      consent: own,
      recorded_by: who.by,
      ...(number === undefined ? {} : { phone: number }),
      ...(address === undefined ? {} : { email: address }),
    } as JsonObject;
    await tell(who, leadIn(request), { type: "consent.given", at: given ?? now, data });
    return reply.code(202).send({ accepted: 1, consent: own });
  });

  app.post(`${at}/leads/:lead/consent/withdraw`, async (request, reply) => {
    const who = await asked(request, "agent");
    const data = { ...parse(Withdrawal, request.body ?? {}), recorded_by: who.by } as JsonObject;
    await tell(who, leadIn(request), { type: "consent.withdrawn", at: clock.now(), data });
    return reply.code(202).send({ accepted: 1 });
  });

  app.post(`${at}/leads/:lead/zone`, async (request, reply) => {
    const { location, by } = await asked(request, "agent");
    const { zone } = parse(Zone, request.body ?? {});
    const lead = leadIn(request);
    const now = clock.now();
    await database.transaction([location], async (sql) => {
      if (!(await readLeads(sql, location, [lead])).has(lead))
        throw new InvalidInput("There is no such lead.", "not-found");
      const body = { type: "zone" as const, by, ...(zone === null ? {} : { zone }) };
      await insertMail(sql, [{ location, lead, kind: "command", receivedAt: now, body }]);
      await insertAudit(sql, { location, at: now, who: by, act: "zone", subject: lead, data: { zone } });
    });
    doors.mailed(location);
    return reply.code(202).send({ accepted: 1 });
  });

  const period = (request: FastifyRequest) => {
    const { from, to, lead } = parse(Period, request.query);
    const now = clock.now();
    return { lead, now, from: from ?? now - 30 * DAY, to: to ?? now + 1 };
  };

  app.get(`${at}/audit/held`, async (request, reply) => {
    const { location } = await asked(request, "viewer");
    const { from, to } = period(request);
    const items = await database.transaction([location], (sql) => keptBack(sql, location, { from, to }));
    reply.header("cache-control", "no-store");
    const named = items.map((one) => ({ ...one, check: checkName(one.code), says: codeInWords(one.code) ?? one.code }));
    return { from: iso(from), to: iso(to), items: named };
  });

  app.get(`${at}/audit/verify`, async (request) => {
    const { location } = await asked(request, "manager");
    return verify(database, location, period(request));
  });

  app.get(`${at}/audit/evidence.zip`, async (request, reply) => {
    const { location, by } = await asked(request, "owner");
    const { lead, ...range } = period(request);
    const wanted = { location, by, ...range, ...(lead === undefined ? {} : { lead }) };
    const done = (manifest: string) =>
      database.transaction([location], (sql) =>
        insertAudit(sql, {
          ...{ location, at: clock.now(), who: by, act: "evidence_exported", subject: lead ?? location },
          data: { from: iso(range.from), to: iso(range.to), manifest },
        }),
      );
    reply.header("cache-control", "no-store");
    reply.header("content-disposition", `attachment; filename="${evidenceName({ ...wanted, now: range.now })}"`);
    return reply.type("application/zip").send(Readable.from(evidence(database, wanted, done)));
  });

  app.get(`${at}/audit/legal-holds`, async (request) => {
    const { location } = await asked(request, "manager");
    return { items: await database.transaction([location], (sql) => legalHolds(sql, location)) };
  });
  app.post(`${at}/audit/legal-holds`, async (request) => {
    const { location, by } = await asked(request, "owner");
    const { lead, reason, lift } = parse(LegalHold, request.body ?? {});
    return database.transaction([location], async (sql) => {
      const at = clock.now();
      const changed = lift
        ? await liftLegalHold(sql, location, lead)
        : await setLegalHold(sql, location, { lead, by, reason, at });
      const act = lift ? "legal_hold_lifted" : "legal_hold_set";
      if (changed) await insertAudit(sql, { location, at, who: by, act, subject: lead, data: { reason } });
      return { changed };
    });
  });

  app.get(`${at}/senders/refused`, async (request, reply) => {
    const { location } = await asked(request, "viewer");
    const found = await database.transaction([location], (sql) => readRefusals(sql, location, clock.now()));
    reply.header("cache-control", "no-store");
    return {
      items: Object.entries(found).map(([domain, { since, until, ...rest }]) => ({
        ...{ domain, since: iso(since), until: iso(until), ...rest },
      })),
    };
  });
  app.post(`${at}/senders/refused/lift`, async (request) => {
    const { location, by } = await asked(request, "manager");
    const { domain } = parse(Lift, request.body ?? {});
    const lifted = await letGo(database, location, domain, { at: clock.now(), by });
    doors.mailed(location);
    return { lifted };
  });

  app.get(`${at}/settings/rules`, async (request) => {
    const { location } = await asked(request, "viewer");
    const rules = await doors.rules.read(location);
    return rulesView(await doors.settings(location), rules);
  });
  app.patch(`${at}/settings/rules`, async (request) => {
    const { location, by, role } = await asked(request, mayNarrow(request.body) ? "manager" : "owner");
    const asker = { by, mayLoosen: role === "owner" };
    return { ...(await doors.rules.change(location, request.body, asker)), tables: RULES_DATE };
  });
}

/** Parts that stand beside what the pack and the folder say, and can only narrow it; to take from them loosens. */
const NARROWING: readonly string[] = ["quietHours", "emailQuietHours", "caps"] satisfies (keyof LocationRules)[];
const mayNarrow = (parts: unknown): boolean =>
  typeof parts === "object" && parts !== null && Object.keys(parts).every((part) => NARROWING.includes(part));

const shown = ({ givenAt, recordedAt, withdrawnAt, ...rest }: KeptConsent) => ({
  ...rest,
  givenAt: iso(givenAt),
  recordedAt: iso(recordedAt),
  ...(withdrawnAt === null ? {} : { withdrawnAt: iso(withdrawnAt) }),
});
