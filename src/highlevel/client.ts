// HighLevel's API, as far as we call it. Thin: one function per operation, values for whatever it may answer, no
// retries. Bodies carry no property the operation does not know: v3 refuses them with 422.

import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from "cockatiel";
import type { z } from "zod";
import type { CrmContact, CrmDnd } from "../events/index.ts";
import { clipped } from "../kernel/json.ts";
import { type Clock, HOUR, type Instant, MINUTE, type Millis, SECOND } from "../kernel/time.ts";
import * as answer from "./answers.ts";
import { instant } from "./payload.ts";
import { contactFields, dndOf } from "./records.ts";
import { openWire, type Wire, type WireAnswer } from "./wire.ts";

/** What became of a call. */
export type Reply<T> =
  | { readonly outcome: "done"; readonly value: T; readonly serverTime?: Instant; readonly traceId?: string }
  | Failure;

export type Failure =
  /** The API said no, and will again. */
  | { readonly outcome: "refused"; readonly status: number; readonly message: string; readonly traceId?: string }
  /** Nothing was taken: over the limit, not let in, or never written. Again from `retryAt` (real time). */
  | {
      readonly outcome: "not_taken";
      readonly cause: "rate" | "auth" | "unreachable" | "breaker";
      readonly retryAt: Instant;
      readonly detail: string;
    }
  /** Written, and nobody knows: 5xx, 408, reset, timeout, or an answer that cannot be read. */
  | { readonly outcome: "unknown"; readonly detail: string };

/** The rate headers of one answer. */
export interface RateHeaders {
  /** Real time at which the request was written. */
  readonly sentAt: Instant;
  readonly max?: number;
  readonly remaining?: number;
  readonly intervalMs?: Millis;
  readonly daily?: number;
  readonly dailyRemaining?: number;
}

export interface ClientOptions {
  /** `https://services.leadconnectorhq.com`, or where a test listens. */
  readonly url: string;
  readonly clock: Clock;
  /** The bearer token of a location; undefined when it has none. */
  readonly token: (location: string) => string | undefined | Promise<string | undefined>;
  /** `dated` falls back to the versions before v3. */
  readonly versions?: "v3" | "dated";
  /** Send the `status: "pending"` that the published schema wants and the API does without. */
  readonly statusField?: boolean;
  readonly onRate?: (location: string, rate: RateHeaders) => void;
  readonly answerWithin?: Millis;
}

export interface SendBody {
  readonly type: "SMS" | "Email" | "WhatsApp";
  readonly contactId: string;
  readonly message?: string;
  readonly subject?: string;
  readonly html?: string;
  readonly emailTo?: string;
  readonly emailFrom?: string;
  /** https addresses. */
  readonly attachments?: readonly string[];
  readonly toNumber?: string;
}

export interface NewContact {
  readonly email?: string;
  readonly phone?: string;
  readonly name?: string;
  readonly source?: string;
}

export interface HighLevel {
  sendMessage(location: string, body: SendBody, signal?: AbortSignal): Promise<Reply<answer.Sent>>;
  /** The contact's conversation, if there is one. */
  conversationOf(location: string, contact: string, signal?: AbortSignal): Promise<Reply<string | undefined>>;
  /** Newest first, at most 100; `after` is the last id of the page before. */
  messages(
    location: string,
    conversation: string,
    page?: Page,
    signal?: AbortSignal,
  ): Promise<Reply<answer.MessagePage>>;
  message(location: string, id: string, signal?: AbortSignal): Promise<Reply<answer.Message>>;
  /** The contact as events of ours carry it. */
  contact(location: string, id: string): Promise<Reply<{ readonly contact: CrmContact; readonly dnd: CrmDnd }>>;
  upsertContact(
    location: string,
    contact: NewContact,
  ): Promise<Reply<{ readonly id: string; readonly fresh: boolean }>>;
  addTags(location: string, contact: string, tags: readonly string[], signal?: AbortSignal): Promise<Reply<unknown>>;
  removeTags(location: string, contact: string, tags: readonly string[], signal?: AbortSignal): Promise<Reply<unknown>>;
  createTask(location: string, contact: string, task: TaskBody, signal?: AbortSignal): Promise<Reply<string>>;
  tasks(location: string, contact: string, signal?: AbortSignal): Promise<Reply<readonly answer.Task[]>>;
  createNote(location: string, contact: string, text: string, signal?: AbortSignal): Promise<Reply<string>>;
  notes(location: string, contact: string, signal?: AbortSignal): Promise<Reply<readonly answer.Note[]>>;
  /** By the CRM's names; own fields by their ids. */
  updateContact(
    location: string,
    contact: string,
    change: { readonly fields: object; readonly custom: readonly { readonly id: string; readonly value: unknown }[] },
    signal?: AbortSignal,
  ): Promise<Reply<unknown>>;
  createOpportunity(location: string, body: object, signal?: AbortSignal): Promise<Reply<string>>;
  updateOpportunity(location: string, id: string, body: object, signal?: AbortSignal): Promise<Reply<unknown>>;
  opportunities(
    location: string,
    asked: { readonly contact: string; readonly pipeline: string },
    signal?: AbortSignal,
  ): Promise<Reply<readonly answer.Opportunity[]>>;
  /** Puts a contact into a workflow of the CRM, or takes it out. */
  changeWorkflow(location: string, change: WorkflowChange, signal?: AbortSignal): Promise<Reply<unknown>>;
  workflows(location: string): Promise<Reply<readonly answer.Named[]>>;
  tags(location: string): Promise<Reply<readonly answer.Named[]>>;
  customFields(location: string): Promise<Reply<readonly answer.Field[]>>;
  users(location: string, company: string): Promise<Reply<readonly answer.User[]>>;
  pipelines(location: string): Promise<Reply<readonly answer.Pipeline[]>>;
  location(location: string): Promise<Reply<answer.Location>>;
  close(): Promise<void>;
}

interface Page {
  readonly limit?: number;
  readonly after?: string;
}

interface TaskBody {
  readonly title: string;
  readonly body?: string;
  /** ISO instant. */
  readonly dueDate: string;
  readonly completed: boolean;
  readonly assignedTo?: string;
}

interface WorkflowChange {
  readonly contact: string;
  readonly workflow: string;
  readonly action: "add" | "remove";
}

type Resource = "contacts" | "conversations" | "opportunities" | "locations" | "users" | "workflows";

const DATED: Readonly<Record<Resource, string>> = {
  contacts: "2021-07-28",
  conversations: "2021-04-15",
  opportunities: "2021-07-28",
  locations: "2021-07-28",
  users: "2021-07-28",
  workflows: "2021-07-28",
};

interface Call<T> {
  readonly resource: Resource;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly shape: z.ZodType<T>;
  readonly signal?: AbortSignal | undefined;
}

export function openHighLevel(options: ClientOptions): HighLevel {
  const { clock } = options;
  const wire: Wire = openWire(options);
  const breakerOf = openBreakers();

  async function call<T>(location: string, { shape, ...asked }: Call<T>): Promise<Reply<T>> {
    const token = await options.token(location);
    if (token === undefined) return notTaken("auth", clock.real() + MINUTE, "no token for this location");
    const request = {
      method: asked.method,
      path: `${asked.path}${queryOf(asked.query)}`,
      headers: headersOf(token, versionOf(asked.resource, options.versions), asked.body !== undefined),
      ...(asked.body === undefined ? {} : { body: JSON.stringify(asked.body) }),
    };
    let answered: WireAnswer;
    try {
      answered = await breakerOf(location, asked.resource).execute(() => wire.ask(request, asked.signal));
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      return notTaken("breaker", clock.real() + BREAK, "too many failures in a row");
    }
    return read(answered, location, shape);
  }

  function read<T>(answered: WireAnswer, location: string, shape: z.ZodType<T>): Reply<T> {
    if (answered.kind === "unsent") return notTaken("unreachable", clock.real() + 5 * SECOND, answered.detail);
    if (answered.kind === "unanswered") return { outcome: "unknown", detail: answered.detail };
    const { status, headers, sentAt } = answered;
    const rate = rateOf(headers, sentAt);
    options.onRate?.(location, rate);
    const body = jsonOf(answered.text);
    const traceId = textAt(body, "traceId");
    if (status >= 200 && status < 300) {
      const parsed = shape.safeParse(body);
      if (!parsed.success) return { outcome: "unknown", detail: `${status} with an answer that cannot be read` };
      const serverTime = instant(String(headers["date"]));
      return {
        outcome: "done",
        value: parsed.data,
        ...(serverTime === undefined ? {} : { serverTime }),
        ...(traceId === undefined ? {} : { traceId }),
      };
    }
    if (status === 429) return notTaken("rate", retryAt(clock.real(), rate, headers), "429");
    if (status === 401) return notTaken("auth", clock.real() + MINUTE, "401");
    if (status < 400) return notTaken("unreachable", clock.real() + MINUTE, `${status}: not the API`);
    if (status === 408 || status >= 500) return { outcome: "unknown", detail: String(status) };
    return { outcome: "refused", status, message: messageOf(body), ...(traceId === undefined ? {} : { traceId }) };
  }

  const contactPath = (contact: string, rest = "") => `/contacts/${encodeURIComponent(contact)}${rest}`;
  const changeTags = (
    method: "POST" | "DELETE",
    location: string,
    contact: string,
    tags: readonly string[],
    signal?: AbortSignal,
  ) =>
    call(location, {
      resource: "contacts",
      method,
      path: contactPath(contact, "/tags"),
      body: { tags },
      shape: answer.Anything,
      signal,
    });

  return {
    sendMessage: (location, body, signal) =>
      call(location, {
        resource: "conversations",
        method: "POST",
        path: "/conversations/messages",
        body: options.statusField ? { ...body, status: "pending" } : body,
        shape: answer.Sent,
        signal,
      }),
    async conversationOf(location, contact, signal) {
      const reply = await call(location, {
        resource: "conversations",
        method: "GET",
        path: "/conversations/search",
        query: { locationId: location, contactId: contact, limit: 20 },
        shape: answer.Conversations,
        signal,
      });
      return mapped(reply, ({ conversations }) => conversations.find(({ contactId }) => contactId === contact)?.id);
    },
    messages: (location, conversation, { limit = 100, after } = {}, signal) =>
      call(location, {
        resource: "conversations",
        method: "GET",
        path: `/conversations/${encodeURIComponent(conversation)}/messages`,
        query: { limit, lastMessageId: after },
        shape: answer.MessagePage,
        signal,
      }),
    message: (location, id, signal) =>
      call(location, {
        resource: "conversations",
        method: "GET",
        path: `/conversations/messages/${encodeURIComponent(id)}`,
        shape: answer.Message,
        signal,
      }),
    async contact(location, id) {
      const reply = await call(location, {
        resource: "contacts",
        method: "GET",
        path: contactPath(id),
        shape: answer.ContactAnswer,
      });
      return mapped(reply, ({ contact }) => {
        const asOf = instant(contact.dateUpdated) ?? clock.now();
        const createdAt = instant(contact.dateAdded);
        return {
          contact: {
            change: "update",
            asOf,
            contact: contactFields(contact),
            ...(createdAt === undefined ? {} : { createdAt }),
            ...(typeof contact.dnd === "boolean" ? { dnd: contact.dnd } : {}),
          },
          dnd: { asOf, ...dndOf(contact) },
        };
      });
    },
    async upsertContact(location, contact) {
      const reply = await call(location, {
        resource: "contacts",
        method: "POST",
        path: "/contacts/upsert",
        body: { locationId: location, ...contact },
        shape: answer.Upserted,
      });
      return mapped(reply, (value) => ({ id: value.contact.id, fresh: value.new === true }));
    },
    addTags: (location, contact, tags, signal) => changeTags("POST", location, contact, tags, signal),
    removeTags: (location, contact, tags, signal) => changeTags("DELETE", location, contact, tags, signal),
    async createTask(location, contact, body, signal) {
      const reply = await call(location, {
        resource: "contacts",
        method: "POST",
        path: contactPath(contact, "/tasks"),
        body,
        shape: answer.TaskAnswer,
        signal,
      });
      return mapped(reply, ({ task }) => task.id);
    },
    async tasks(location, contact, signal) {
      const reply = await call(location, {
        resource: "contacts",
        method: "GET",
        path: contactPath(contact, "/tasks"),
        shape: answer.Tasks,
        signal,
      });
      return mapped(reply, ({ tasks }) => tasks);
    },
    async createNote(location, contact, text, signal) {
      const reply = await call(location, {
        resource: "contacts",
        method: "POST",
        path: contactPath(contact, "/notes"),
        body: { body: text },
        shape: answer.NoteAnswer,
        signal,
      });
      return mapped(reply, ({ note }) => note.id);
    },
    async notes(location, contact, signal) {
      const reply = await call(location, {
        resource: "contacts",
        method: "GET",
        path: contactPath(contact, "/notes"),
        shape: answer.Notes,
        signal,
      });
      return mapped(reply, ({ notes }) => notes);
    },
    updateContact(location, contact, { fields, custom }, signal) {
      const name = options.versions === "dated" ? "field_value" : "fieldValue";
      const customFields = custom.map(({ id, value }) => ({ id, [name]: value }));
      return call(location, {
        resource: "contacts",
        method: "PUT",
        path: contactPath(contact),
        body: { ...fields, ...(custom.length === 0 ? {} : { customFields }) },
        shape: answer.Anything,
        signal,
      });
    },
    async createOpportunity(location, body, signal) {
      const reply = await call(location, {
        resource: "opportunities",
        method: "POST",
        path: "/opportunities/",
        body,
        shape: answer.OpportunityAnswer,
        signal,
      });
      return mapped(reply, ({ opportunity }) => opportunity.id);
    },
    updateOpportunity: (location, id, body, signal) =>
      call(location, {
        resource: "opportunities",
        method: "PUT",
        path: `/opportunities/${encodeURIComponent(id)}`,
        body,
        shape: answer.Anything,
        signal,
      }),
    async opportunities(location, { contact, pipeline }, signal) {
      // the dated version asks with underscores
      const query =
        options.versions === "dated"
          ? { location_id: location, contact_id: contact, pipeline_id: pipeline, status: "all", limit: 100 }
          : { locationId: location, contactId: contact, pipelineId: pipeline, status: "all", limit: 100 };
      const reply = await call(location, {
        resource: "opportunities",
        method: "GET",
        path: "/opportunities/search",
        query,
        shape: answer.Opportunities,
        signal,
      });
      return mapped(reply, ({ opportunities }) => opportunities);
    },
    changeWorkflow: (location, { contact, workflow, action }, signal) =>
      call(location, {
        resource: "contacts",
        method: action === "add" ? "POST" : "DELETE",
        path: contactPath(contact, `/workflow/${encodeURIComponent(workflow)}`),
        body: {},
        shape: answer.Anything,
        signal,
      }),
    async workflows(location) {
      const reply = await call(location, {
        resource: "workflows",
        method: "GET",
        path: "/workflows/",
        query: { locationId: location },
        shape: answer.Workflows,
      });
      return mapped(reply, ({ workflows }) => workflows);
    },
    async tags(location) {
      const path = `/locations/${encodeURIComponent(location)}/tags`;
      const reply = await call(location, { resource: "locations", method: "GET", path, shape: answer.Tags });
      return mapped(reply, ({ tags }) => tags);
    },
    async customFields(location) {
      const path = `/locations/${encodeURIComponent(location)}/customFields`;
      const reply = await call(location, {
        resource: "locations",
        method: "GET",
        path,
        query: { model: "contact" },
        shape: answer.Fields,
      });
      return mapped(reply, ({ customFields }) => customFields);
    },
    async users(location, company) {
      const query = { companyId: company, locationId: location, limit: 100 };
      const reply = await call(location, {
        resource: "users",
        method: "GET",
        path: "/users/search",
        query,
        shape: answer.Users,
      });
      return mapped(reply, ({ users }) => users);
    },
    async pipelines(location) {
      const query = { locationId: location };
      const reply = await call(location, {
        resource: "opportunities",
        method: "GET",
        path: "/opportunities/pipelines",
        query,
        shape: answer.Pipelines,
      });
      return mapped(reply, ({ pipelines }) => pipelines);
    },
    async location(location) {
      const path = `/locations/${encodeURIComponent(location)}`;
      const reply = await call(location, { resource: "locations", method: "GET", path, shape: answer.LocationAnswer });
      return mapped(reply, (value) => value.location);
    },
    close: () => wire.close(),
  };
}

const mapped = <A, B>(reply: Reply<A>, change: (value: A) => B): Reply<B> =>
  reply.outcome === "done" ? { ...reply, value: change(reply.value) } : reply;

const FAILURES_IN_A_ROW = 8;
const BREAK: Millis = 5 * SECOND;

/** One breaker per location and part of the API: one tenant's outage, or one slow resource, is not everybody's. */
function openBreakers() {
  const breakers = new Map<string, CircuitBreakerPolicy>();
  return (location: string, resource: Resource): CircuitBreakerPolicy => {
    const name = `${location} ${resource}`;
    let breaker = breakers.get(name);
    if (breaker === undefined) {
      breaker = circuitBreaker(
        handleWhenResult((answered) => failed(answered as WireAnswer)),
        { halfOpenAfter: BREAK, breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW) },
      );
      breakers.set(name, breaker);
    }
    return breaker;
  };
}

const failed = (answered: WireAnswer): boolean => answered.kind !== "answered" || answered.status >= 500;

const versionOf = (resource: Resource, versions: "v3" | "dated" = "v3"): string =>
  versions === "v3" ? "v3" : DATED[resource];

const headersOf = (token: string, version: string, body: boolean): Record<string, string> => ({
  authorization: `Bearer ${token}`,
  version,
  accept: "application/json",
  "user-agent": "Latchkey",
  ...(body ? { "content-type": "application/json" } : {}),
});

function queryOf(query: Call<unknown>["query"]): string {
  const given = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}

const notTaken = (cause: "rate" | "auth" | "unreachable" | "breaker", retryAt: Instant, detail: string): Failure => ({
  outcome: "not_taken",
  cause,
  retryAt,
  detail,
});

type WireHeaders = Readonly<Record<string, string | string[] | undefined>>;

function rateOf(headers: WireHeaders, sentAt: Instant): RateHeaders {
  const numbers = Object.entries({
    max: "x-ratelimit-max",
    remaining: "x-ratelimit-remaining",
    intervalMs: "x-ratelimit-interval-milliseconds",
    daily: "x-ratelimit-limit-daily",
    dailyRemaining: "x-ratelimit-daily-remaining",
  }).flatMap(([name, header]) => {
    const value = Number(headers[header]);
    return headers[header] === undefined || !Number.isFinite(value) ? [] : [[name, value] as const];
  });
  return { sentAt, ...Object.fromEntries(numbers) };
}

const INTERVAL: Millis = 10 * SECOND;

/** After a burst the interval; after the day's last request its end, asked hourly since nobody documents when it is. */
function retryAt(now: Instant, { dailyRemaining, intervalMs = INTERVAL }: RateHeaders, headers: WireHeaders): Instant {
  const seconds = Number(headers["retry-after"]);
  if (headers["retry-after"] !== undefined && seconds >= 0) return now + seconds * SECOND;
  if (dailyRemaining !== 0) return now + intervalMs;
  const midnight = new Date(now).setUTCHours(24, 0, 0, 0);
  return Math.min(midnight, now + HOUR);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textAt(body: unknown, name: string): string | undefined {
  const value = (body as Record<string, unknown> | null | undefined)?.[name];
  return typeof value === "string" ? value : undefined;
}

/** The API's words, short and without addresses: they are kept with the message and shown. */
function messageOf(body: unknown): string {
  const { message, error } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const words = Array.isArray(message) ? message.join("; ") : (message ?? error ?? "");
  const shown = String(words)
    .replace(/[^\s"'<>]+@[^\s"'<>]+/g, "(address)")
    .replace(/\+?\d[\d().\- ]{5,}\d/g, "(number)");
  return clipped(shown, 200);
}
