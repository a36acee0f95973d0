// The team's own website, which reports visits to Latchkey: POST /v1/events in batches, kept until they are taken. What
// was before the start is told as the past that it is.

import { Pool } from "undici";
import type { TownEvent } from "./event.ts";

export interface Site {
  /** @param past it happened before Latchkey was told of visits */
  report(event: TownEvent, contact: string, past?: boolean): void;
  aim(eventsUrl: string | undefined, apiKey: string | undefined): void;
  /** Follows a link as a mail program would, when it leads to the same server. */
  follow(link: string): void;
  figures(): { readonly reported: number; readonly refused: number; readonly waiting: number };
  close(): Promise<void>;
}

interface SiteEvent {
  readonly id: string;
  readonly type: string;
  readonly contact: string;
  readonly at: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

const BATCH = 200;
const EVERY_MS = 200;
const AGAIN_MS = 1_000;
/** Beyond this the oldest are dropped: nobody is listening. */
const KEPT = 20_000;

export function openSite(location: string, eventsUrl: string | undefined, apiKey: string | undefined): Site {
  const waiting: { readonly event: SiteEvent; readonly past: boolean }[] = [];
  const count = { reported: 0, refused: 0 };
  let target = aimed(eventsUrl, apiKey);
  let notBefore = 0;
  let busy = false;

  const flush = async () => {
    if (busy || target === undefined || waiting.length === 0 || Date.now() < notBefore) return;
    busy = true;
    const past = waiting[0]?.past ?? false;
    const batch = before(waiting.slice(0, BATCH), (one) => one.past !== past);
    try {
      const answer = await target.pool.request({
        method: "POST",
        path: target.path,
        headers: { "content-type": "application/json", ...target.authorization },
        body: JSON.stringify({ location, past, events: batch.map(({ event }) => event) }),
      });
      await answer.body.dump();
      if (answer.statusCode === 202) count.reported += batch.length;
      else if (answer.statusCode === 422) count.refused += batch.length;
      else notBefore = Date.now() + AGAIN_MS;
      if (answer.statusCode === 202 || answer.statusCode === 422) waiting.splice(0, batch.length);
    } catch {
      notBefore = Date.now() + AGAIN_MS;
    } finally {
      busy = false;
    }
  };
  const timer = setInterval(() => void flush(), EVERY_MS);

  return {
    report(event, contact, past = false) {
      const described = describe(event);
      if (described === undefined) return;
      if (waiting.length >= KEPT) waiting.splice(busy ? BATCH : 0, 1);
      const id = `${event.lead}-${event.at}-${event.purpose}`.slice(0, 200);
      waiting.push({ event: { id, contact, at: new Date(event.at).toISOString(), ...described }, past });
    },
    aim(url, key) {
      void target?.pool.close();
      target = aimed(url, key);
    },
    follow(link) {
      if (target === undefined || !link.startsWith(`${target.origin}/`)) return;
      target.pool
        .request({ method: "GET", path: link.slice(target.origin.length) })
        .then((answer) => answer.body.dump())
        .catch(() => undefined);
    },
    figures: () => ({ ...count, waiting: waiting.length }),
    async close() {
      clearInterval(timer);
      await target?.pool.destroy();
    },
  };
}

/** The items before the first that is so. */
function before<T>(items: readonly T[], isSo: (item: T) => boolean): readonly T[] {
  const end = items.findIndex(isSo);
  return end < 0 ? items : items.slice(0, end);
}

function aimed(url: string | undefined, apiKey: string | undefined) {
  if (url === undefined) return undefined;
  const { origin, pathname, search } = new URL(url);
  const authorization: Record<string, string> = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  return { pool: new Pool(origin, { connections: 2 }), origin, path: pathname + search, authorization };
}

export function describe(event: TownEvent): Pick<SiteEvent, "type" | "properties"> | undefined {
  switch (event.type) {
    case "visited":
      return { type: "website_visit", properties: { url: event.url, seconds: event.seconds } };
    case "viewed":
      return { type: "property_view", properties: { property: event.home, seconds: event.seconds } };
    case "favorited":
      return { type: "property.favorited", properties: { property: event.home } };
    case "form_started":
      return { type: "form.started", properties: { form: event.form } };
    case "form_submitted":
      return { type: "form.submitted", properties: { form: event.form } };
    case "downloaded":
      return { type: "document.downloaded", properties: { document: event.document } };
    default:
      return undefined;
  }
}
