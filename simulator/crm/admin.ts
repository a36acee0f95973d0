// The strings behind the stage: what a test or a benchmark tells the simulator, and what it asks of it.
// Served under /_sim/ on loopback, outside tokens, budget and faults.

import { z } from "zod";
import type { ContactFields } from "./contact.ts";
import type { Crm } from "./crm.ts";
import { FaultPlan } from "./faults.ts";
import type { Ledger } from "./ledger.ts";
import type { OAuthPages } from "./oauth.ts";
import { type Answered, created, failure, ok } from "./operation.ts";
import type { Choice, Tokens } from "./tokens.ts";
import type { Webhooks } from "./webhooks.ts";

export const ADMIN_PREFIX = "/_sim/";

export type Admin = (method: string, pathname: string, query: URLSearchParams, body: Buffer) => Promise<Answered>;

export interface AdminOptions {
  /** The first location, where none is named. @throws RangeError where there is none of that name */
  readonly crm: (location: string | null) => Crm;
  readonly ledger: Ledger;
  readonly webhooks: Webhooks;
  readonly tokens: Tokens;
  readonly oauth: OAuthPages;
  /** What a person chooses unless told otherwise. */
  readonly choice: Omit<Choice, "scope">;
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

const Chosen = z.strictObject({
  userType: z.enum(["Company", "Location"]).optional(),
  company: z.string().optional(),
  location: z.string().optional(),
  locations: z.array(z.string()).optional(),
  scope: z.string().optional(),
});
const OAuthFaults = z.strictObject({
  lose: z.int().min(0).optional(),
  of: z.string().optional(),
  expire: z.literal(true).optional(),
  suspend: z.string().optional(),
  active: z.string().optional(),
  hold: z.enum(["before", "after"]).nullable().optional(),
  answer: z.record(z.string(), z.unknown()).optional(),
  revoke: z.string().optional(),
});
const Where = z.strictObject({ location: z.string() });

/** Without the members that were left out. */
const given = <T extends object>(members: T) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

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
      const { messages } = options.crm(query.get("location"));
      const accepted = entries.map((entry) => ({ ...entry, status: messages.get(entry.messageId)?.status }));
      return ok({ accepted, refused: ledger.refusals, total: ledger.entries.length });
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
    "POST contacts": (query, body) => {
      const wish = Contacts.parse(body);
      if (!("count" in wish)) {
        const { id, webhook, contact } = wish;
        return created({
          contact: options
            .crm(query.get("location"))
            .createContact(contact as ContactFields, { webhook, ...(id === undefined ? {} : { id }) }),
        });
      }
      const ids = Array.from({ length: wish.count }, (_unused, i) =>
        numbered(options.crm(query.get("location")), wish.prefix, i, wish.webhook),
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
    "POST load": (query, body) => {
      const wish = Load.parse(body);
      const of = Math.round(wish.perSecond * wish.seconds);
      options.load(wish.perSecond, of, driven(options.crm(query.get("location")), wish.kind, wish.prefix));
      return ok({ events: of });
    },
    "POST inbound": (query, body) => {
      const { contactId, channel, body: text, subject } = Inbound.parse(body);
      const message = options.crm(query.get("location")).inbound(contactId, channel, text, subject);
      return message === undefined ? failure(404, "Contact not found") : created({ messageId: message.id });
    },
    "POST email": (query, body) => {
      const { messageId, event, url, proxy } = EmailEvent.parse(body);
      const message = options.crm(query.get("location")).messages.get(messageId);
      if (message?.channel !== "Email") return failure(404, "E-mail not found");
      options.crm(query.get("location")).emailEvent(message, event, { proxy, ...(url === undefined ? {} : { url }) });
      return ok({});
    },
    "POST calls": (query, body) => {
      const { contactId, outcome, direction } = CallMade.parse(body);
      options.crm(query.get("location")).call(contactId, outcome, direction);
      return ok({});
    },
    "POST appointments": (query, body) => {
      const { id, ...rest } = Appointment.parse(body);
      return created({
        id: options.crm(query.get("location")).appointment({ ...rest, ...(id === undefined ? {} : { id }) }),
      });
    },
    "POST code": (_, body) => {
      const code = tokens.grant({ ...options.choice, scope: "all", ...given(Chosen.parse(body)) });
      return created({ code, clientId: tokens.clientId, clientSecret: tokens.clientSecret });
    },
    "POST choose": (_, body) => {
      options.oauth.choose(given(Chosen.parse(body)));
      return ok({});
    },
    "GET oauth": () => ok({ ...tokens.arrived, held: options.oauth.held() }),
    "POST oauth": (_, body) => {
      const { lose, of, expire, suspend, active, hold, answer, revoke } = OAuthFaults.parse(body);
      if (lose !== undefined) options.oauth.lose(lose, of === undefined ? undefined : options.crm(of).location.id);
      if (expire === true) tokens.expire();
      if (suspend !== undefined) tokens.suspend(suspend, true);
      if (active !== undefined) tokens.suspend(active, false);
      if (hold !== undefined) options.oauth.hold(hold ?? undefined);
      if (answer !== undefined) options.oauth.answerWith(answer);
      if (revoke !== undefined) tokens.revoke(revoke);
      return ok({});
    },
    "POST install": (_, body) => {
      const { location } = Where.parse(body);
      const { id, company } = options.crm(location).location;
      tokens.install(id);
      const about = { installType: "Location", companyId: company, companyName: "Oakmoor Group" };
      return ok({ webhookId: webhooks.emit({ type: "INSTALL", locationId: id, ...about }) });
    },
    "POST uninstall": (_, body) => {
      const { location, company } = z
        .strictObject({ location: z.string().optional(), company: z.string().default(options.choice.company) })
        .parse(body);
      return ok({ webhookId: options.oauth.remove(location === undefined ? { company } : { location }) });
    },
    "POST location": (_, body) => {
      const { location, ...changed } = Where.extend({ name: z.string(), timezone: z.string().optional() }).parse(body);
      const record = Object.assign(options.crm(location).location, given(changed));
      const about = { locationId: undefined, id: record.id, companyId: record.company, name: record.name };
      return ok({ webhookId: webhooks.emit({ type: "LocationUpdate", ...about }) });
    },
  };

  return async (method, pathname, query, body) => {
    const act = acts[`${method} ${pathname.slice(ADMIN_PREFIX.length)}`];
    if (act === undefined) return failure(404, `There is ${Object.keys(acts).join(", ")}`);
    try {
      return act(query, body.length === 0 ? {} : JSON.parse(body.toString()));
    } catch (error) {
      if (error instanceof z.ZodError) return failure(422, z.prettifyError(error));
      if (error instanceof RangeError) return failure(404, error.message);
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
