// Reading a location through, page by page: who and what changed since an instant. Searches lag behind writes by
// seconds, and end at 10,000 unless their own cursor is followed.

import { z } from "zod";
import type { Instant } from "../../kernel/time.ts";
import {
  type FoundAppointment,
  type FoundContact,
  type FoundMessage,
  type FoundOpportunity,
  foundAppointment,
  foundContact,
  foundMessage,
  foundOpportunity,
} from "../found.ts";
import { type Api, mapped, type Reply } from "../request.ts";

/** Where a reading goes on: the API's own cursor, or the number of a page where it gave none. */
export type Cursor =
  | { readonly after: readonly (string | number)[] }
  | { readonly page: number }
  | { readonly token: string };

export interface Found<T> {
  readonly items: readonly T[];
  /** Records that nobody could read. */
  readonly unreadable: number;
  /** Absent after the last page. */
  readonly next?: Cursor;
  /** Of the whole search, where the API says it. */
  readonly total?: number;
}

export interface PageAsked {
  /** Stated then, or later; everything without it. */
  readonly since?: Instant;
  readonly cursor?: Cursor;
  readonly limit?: number;
}

export interface SearchesOperations {
  /** Oldest change first, deleted ones never; at most 500. */
  searchContacts(location: string, asked?: PageAsked, signal?: AbortSignal): Promise<Reply<Found<FoundContact>>>;
  /** Oldest change first; at most 500. */
  searchOpportunities(
    location: string,
    asked?: PageAsked,
    signal?: AbortSignal,
  ): Promise<Reply<Found<FoundOpportunity>>>;
  /** Oldest first; at most 500. E-mails are told only when they are asked for, and nothing else with them. */
  exportMessages(
    location: string,
    asked?: PageAsked & { readonly mails?: boolean },
    signal?: AbortSignal,
  ): Promise<Reply<Found<FoundMessage>>>;
  /** Ids of the location's calendars. */
  calendars(location: string, signal?: AbortSignal): Promise<Reply<readonly string[]>>;
  /** What begins in a span of a calendar, canceled ones too. */
  appointments(
    location: string,
    asked: { readonly calendar: string; readonly from: Instant; readonly to: Instant },
    signal?: AbortSignal,
  ): Promise<Reply<Found<FoundAppointment>>>;
}

const LIMIT = 100;
/** What plain page numbers reach. */
const WINDOW = 10_000;

const total = z.number().nullish();
const Contacts = z.looseObject({ contacts: z.array(z.unknown()), total });
const Opportunities = z.looseObject({ opportunities: z.array(z.unknown()), total });
const Messages = z.looseObject({ messages: z.array(z.unknown()), total, nextCursor: z.string().nullish() });
const Calendars = z.looseObject({ calendars: z.array(z.looseObject({ id: z.string() })) });
const Events = z.looseObject({ events: z.array(z.unknown()) });

export function searchesOperations({ call, options }: Api): SearchesOperations {
  const now = () => options.clock.now();
  const range = (field: string, since: Instant | undefined) =>
    since === undefined ? {} : { filters: [{ field, operator: "range", value: { gte: since } }] };
  const place = (cursor: Cursor | undefined, first: number) => {
    if (cursor === undefined) return { page: first };
    return "after" in cursor ? { searchAfter: cursor.after } : "page" in cursor ? { page: cursor.page } : {};
  };

  return {
    async searchContacts(location, { since, cursor, limit = LIMIT } = {}, signal) {
      const sort = [{ field: "dateUpdated", direction: "asc" }];
      const body = {
        locationId: location,
        pageLimit: limit,
        ...place(cursor, 1),
        sort,
        ...range("dateUpdated", since),
      };
      const reply = await call(location, {
        ...{ resource: "contacts", method: "POST", path: "/contacts/search" },
        ...{ body, shape: Contacts, signal },
      });
      return mapped(reply, (page) => ({
        ...read(page.contacts, (record) => foundContact(record, now())),
        ...following(page.contacts, limit, cursor, 1),
        ...(typeof page.total === "number" ? { total: page.total } : {}),
      }));
    },
    async searchOpportunities(location, { since, cursor, limit = LIMIT } = {}, signal) {
      const sort = [{ field: "date_updated", direction: "asc" }];
      const body = { locationId: location, limit, ...place(cursor, 1), sort, ...range("date_updated", since) };
      const reply = await call(location, {
        ...{ resource: "opportunities", method: "POST", path: "/opportunities/search" },
        ...{ body, shape: Opportunities, signal },
      });
      return mapped(reply, (page) => ({
        ...read(page.opportunities, (record) => foundOpportunity(record, now())),
        ...following(page.opportunities, limit, cursor, 1),
        ...(typeof page.total === "number" ? { total: page.total } : {}),
      }));
    },
    async exportMessages(location, { since, cursor, limit = LIMIT, mails = false } = {}, signal) {
      const reply = await call(location, {
        ...{ resource: "conversations", method: "GET", path: "/conversations/messages/export" },
        query: {
          locationId: location,
          limit,
          sortBy: "createdAt",
          sortOrder: "asc",
          channel: mails ? "Email" : undefined,
          startDate: since === undefined ? undefined : new Date(since).toISOString(),
          cursor: cursor !== undefined && "token" in cursor ? cursor.token : undefined,
        },
        ...{ shape: Messages, signal },
      });
      return mapped(reply, ({ messages, nextCursor, total: of }) => {
        const isSame = cursor !== undefined && "token" in cursor && cursor.token === nextCursor;
        return {
          ...read(messages, (record) => foundMessage(record, now())),
          ...(nextCursor && messages.length > 0 && !isSame ? { next: { token: nextCursor } } : {}),
          ...(typeof of === "number" ? { total: of } : {}),
        };
      });
    },
    async calendars(location, signal) {
      const reply = await call(location, {
        ...{ resource: "calendars", method: "GET", path: "/calendars/" },
        ...{ query: { locationId: location }, shape: Calendars, signal },
      });
      return mapped(reply, ({ calendars }) => calendars.map(({ id }) => id));
    },
    async appointments(location, { calendar, from, to }, signal) {
      const reply = await call(location, {
        ...{ resource: "calendars", method: "GET", path: "/calendars/events" },
        query: { locationId: location, calendarId: calendar, startTime: from, endTime: to },
        ...{ shape: Events, signal },
      });
      return mapped(reply, ({ events }) => read(events, (record) => foundAppointment(record, now())));
    },
  };
}

function read<T>(records: readonly unknown[], one: (record: unknown) => T | "no message" | undefined) {
  const all = records.map(one);
  const items = all.filter(
    (item): item is Exclude<typeof item, "no message" | undefined> => item !== undefined && item !== "no message",
  );
  return { items, unreadable: all.filter((item) => item === undefined).length };
}

/** The last record of a full page says where the next one begins; one that says the same again would never end. */
function following(
  records: readonly unknown[],
  limit: number,
  cursor: Cursor | undefined,
  first: number,
): { next?: Cursor } {
  if (records.length < limit) return {};
  const { searchAfter, sort } = (records.at(-1) ?? {}) as { searchAfter?: unknown; sort?: unknown };
  const after = [searchAfter, sort].find((one): one is (string | number)[] => Array.isArray(one) && one.length > 0);
  if (after !== undefined) {
    const before = cursor !== undefined && "after" in cursor ? cursor.after : undefined;
    return JSON.stringify(before) === JSON.stringify(after) ? {} : { next: { after } };
  }
  const page = cursor !== undefined && "page" in cursor ? cursor.page : first;
  return (page + 1 - first) * limit >= WINDOW ? {} : { next: { page: page + 1 } };
}
