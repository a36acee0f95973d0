// The strings behind the stage: what a test or a benchmark tells the simulator, and what it asks of it.
// Served under /_sim/ on loopback, outside tokens, budget and faults.

import { z } from "zod";
import type { ContactFields } from "./contact.ts";
import type { Crm } from "./crm.ts";
import { FaultPlan } from "./faults.ts";
import type { Ledger } from "./ledger.ts";
import { type Answered, created, failure, ok } from "./operation.ts";
import type { Tokens } from "./tokens.ts";
import type { Webhooks } from "./webhooks.ts";

export const ADMIN_PREFIX = "/_sim/";

export type Admin = (method: string, pathname: string, query: URLSearchParams, body: Buffer) => Promise<Answered>;

export interface AdminOptions {
  readonly crm: () => Crm;
  readonly ledger: Ledger;
  readonly webhooks: Webhooks;
  readonly tokens: Tokens;
  readonly setFaults: (plan: FaultPlan) => void;
  readonly refuse: (ms: number) => void;
  readonly state: () => unknown;
  /** Acts so often, evenly, and so many times in all. */
  readonly load: (perSecond: number, times: number, act: (n: number) => void) => void;
  /** Where site events go; a town without a target keeps quiet. */
  readonly aim: (target: z.infer<typeof Target>) => void;
}

const Target = z.strictObject({
  webhookUrl: z.url().nullable().optional(),
  eventsUrl: z.url().nullable().optional(),
  apiKey: z.string().optional(),
});
const Contacts = z.union([
  z.strictObject({
    count: z.int().min(1).max(200_000),
    prefix: z.string().default("lead"),
    webhook: z.boolean().default(true),
  }),
  z.strictObject({
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .optional(),
    webhook: z.boolean().default(true),
    contact: z.record(z.string(), z.unknown()),
  }),
]);
const Emission = z.union([
  z.strictObject({ payload: z.record(z.string(), z.unknown()), times: z.int().min(1).max(10_000).default(1) }),
  z.strictObject({ raw: z.string() }),
]);
const Load = z.strictObject({
  perSecond: z.number().positive().max(20_000),
  seconds: z.number().positive().max(3_600),
  /** New contacts, texts of known contacts, or tags on them. */
  kind: z.enum(["contacts", "inbound", "tags"]),
  prefix: z.string().default("load"),
});
const Inbound = z.strictObject({
  contactId: z.string(),
  channel: z.enum(["SMS", "Email", "WhatsApp"]).default("SMS"),
  body: z.string(),
  subject: z.string().optional(),
});
const EmailEvent = z.strictObject({
  messageId: z.string(),
  event: z.enum(["delivered", "opened", "clicked", "failed", "complained", "unsubscribed"]),
  url: z.url().optional(),
  proxy: z.boolean().default(false),
});
const CallMade = z.strictObject({
  contactId: z.string(),
  outcome: z.enum(["completed", "voicemail", "no-answer"]),
  direction: z.enum(["inbound", "outbound"]).default("outbound"),
});
const Appointment = z.strictObject({
  id: z.string().optional(),
  contactId: z.string(),
  start: z.number(),
  title: z.string().default("Home tour"),
  status: z.enum(["new", "confirmed", "cancelled", "showed", "noshow"]).default("confirmed"),
});

export function openAdmin(options: AdminOptions): Admin {
  const { ledger, webhooks, tokens } = options;

  const acts: Readonly<Record<string, (query: URLSearchParams, body: unknown) => Answered>> = {
    "GET state": () => ok(options.state()),
    "GET done": (query) => {
      const contact = query.get("contactId");
      return ok({ done: ledger.done.filter((one) => contact === null || one.contactId === contact) });
    },
    "GET ledger": (query) => {
      const from = Number(query.get("after") ?? 0);
      const contact = query.get("contactId");
      const entries = ledger.entries.slice(from).filter((entry) => contact === null || entry.contactId === contact);
      return ok({ accepted: entries, refused: ledger.refusals, total: ledger.entries.length });
    },
    "POST faults": (_, body) => {
      const plan = FaultPlan.parse(body);
      options.setFaults(plan);
      return ok({ faults: plan });
    },
    "POST refuse": (_, body) => {
      const { ms } = z.strictObject({ ms: z.number().min(1).max(600_000) }).parse(body);
      // after the answer has left
      setTimeout(() => options.refuse(ms), 20);
      return ok({ refusedForMs: ms });
    },
    "POST target": (_, body) => {
      const target = Target.parse(body);
      if (target.webhookUrl !== undefined) webhooks.aim(target.webhookUrl ?? undefined);
      options.aim(target);
      return ok({});
    },
    "POST contacts": (_, body) => {
      const wish = Contacts.parse(body);
      if (!("count" in wish)) {
        const { id, webhook, contact } = wish;
        return created({
          contact: options
            .crm()
            .createContact(contact as ContactFields, { webhook, ...(id === undefined ? {} : { id }) }),
        });
      }
      const ids = Array.from({ length: wish.count }, (_unused, i) =>
        numbered(options.crm(), wish.prefix, i, wish.webhook),
      );
      return created({ ids });
    },
    "POST webhooks": (_, body) => {
      const emission = Emission.parse(body);
      if ("raw" in emission) {
        webhooks.emitRaw(emission.raw);
        return ok({});
      }
      const webhookId = webhooks.emit(emission.payload);
      // the very same webhook again, as a provider that lost our answer would send it
      for (let n = 1; n < emission.times; n += 1) webhooks.emit({ ...emission.payload, webhookId });
      return ok({ webhookId });
    },
    "GET webhooks": (query) => {
      const from = Number(query.get("after") ?? 0);
      return ok({ acknowledged: webhooks.acknowledged.slice(from), total: webhooks.acknowledged.length });
    },
    "POST load": (_, body) => {
      const wish = Load.parse(body);
      const of = Math.round(wish.perSecond * wish.seconds);
      options.load(wish.perSecond, of, driven(options.crm(), wish.kind, wish.prefix));
      return ok({ events: of });
    },
    "POST inbound": (_, body) => {
      const { contactId, channel, body: text, subject } = Inbound.parse(body);
      const message = options.crm().inbound(contactId, channel, text, subject);
      return message === undefined ? failure(404, "Contact not found") : created({ messageId: message.id });
    },
    "POST email": (_, body) => {
      const { messageId, event, url, proxy } = EmailEvent.parse(body);
      const message = options.crm().messages.get(messageId);
      if (message?.channel !== "Email") return failure(404, "E-mail not found");
      options.crm().emailEvent(message, event, { proxy, ...(url === undefined ? {} : { url }) });
      return ok({});
    },
    "POST calls": (_, body) => {
      const { contactId, outcome, direction } = CallMade.parse(body);
      options.crm().call(contactId, outcome, direction);
      return ok({});
    },
    "POST appointments": (_, body) => {
      const { id, ...rest } = Appointment.parse(body);
      return created({ id: options.crm().appointment({ ...rest, ...(id === undefined ? {} : { id }) }) });
    },
    "POST code": (_, body) => {
      const { userType } = z
        .strictObject({ userType: z.enum(["Company", "Location"]).default("Location") })
        .parse(body);
      return created({ code: tokens.grant(userType), clientId: tokens.clientId, clientSecret: tokens.clientSecret });
    },
  };

  return async (method, pathname, query, body) => {
    const act = acts[`${method} ${pathname.slice(ADMIN_PREFIX.length)}`];
    if (act === undefined) return failure(404, `There is ${Object.keys(acts).join(", ")}`);
    try {
      return act(query, body.length === 0 ? {} : JSON.parse(body.toString()));
    } catch (error) {
      if (error instanceof z.ZodError) return failure(422, z.prettifyError(error));
      if (error instanceof SyntaxError) return failure(400, error.message);
      throw error;
    }
  };
}

/** The n-th act of a load: each causes one webhook. */
function driven(crm: Crm, kind: z.infer<typeof Load>["kind"], prefix: string): (n: number) => void {
  if (kind === "contacts") return (n) => void numbered(crm, prefix, n, true);
  const known = [...crm.contacts.values()];
  return (n) => {
    const contact = known[n % Math.max(1, known.length)];
    if (contact === undefined) return;
    if (kind === "inbound") crm.inbound(contact.id, "SMS", `Text number ${n}`);
    else crm.setTags(contact, [...contact.tags.filter((tag) => !tag.startsWith(prefix)), `${prefix}-${n}`]);
  };
}

/** Area codes that may exist: not N11, nor those held back for later. */
const AREA_CODES = Array.from({ length: 789 }, (_, i) => 201 + i).filter(
  (code) => code % 100 !== 11 && Math.floor(code / 10) % 10 !== 9 && ![37, 96].includes(Math.floor(code / 10)),
);

/** A contact of a load test: numbers of the fictional range, an address at example.com. */
function numbered(crm: Crm, prefix: string, n: number, webhook: boolean): string {
  const area = AREA_CODES[Math.floor(n / 100) % AREA_CODES.length];
  const contact = crm.createContact(
    {
      firstName: prefix,
      lastName: String(n),
      email: `${prefix}.${n}@example.com`,
      phone: `+1${area}55501${String(n % 100).padStart(2, "0")}`,
      timezone: crm.location.timezone,
      source: "load",
    },
    { id: `${prefix}-${n}`, webhook },
  );
  return contact.id;
}
