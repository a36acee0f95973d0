// Asking the CRM who somebody is: a location's users and fields, and contacts we have only heard of.

import { insertEvents, insertMail, letterOf, markPlaced } from "../events/index.ts";
import type { Operations } from "../highlevel/index.ts";
import { Unavailable } from "../kernel/errors.ts";
import type { Facts } from "../kernel/facts.ts";
import { newId } from "../kernel/ids.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Database } from "../kernel/sql.ts";
import { type Clock, type Millis, SECOND } from "../kernel/time.ts";
import type { CatalogItem } from "../tenancy/index.ts";
import { wakeLead } from "../turns/index.ts";

/** Users, fields, tags, pipelines, stages and the CRM's own workflows of a location; undefined when the CRM does not answer for it. */
export async function askCatalog(api: Operations, location: string): Promise<readonly CatalogItem[] | undefined> {
  const place = await api.location(location);
  if (place.outcome !== "done") return undefined;
  const company = place.value.companyId;
  const [fields, users, pipelines, workflows, tags] = await Promise.all([
    api.customFields(location),
    company ? api.users(location, company) : undefined,
    api.pipelines(location),
    api.workflows(location),
    api.tags(location),
  ]);
  const items: CatalogItem[] = [];
  if (fields.outcome === "done") {
    for (const { id, fieldKey, name } of fields.value) {
      items.push({ kind: "field", id, data: { key: fieldKey ?? id, name: name ?? fieldKey ?? id } });
    }
  }
  if (users?.outcome === "done") {
    for (const { id, name, firstName, lastName, email, phone, lcPhone, deleted } of users.value) {
      if (deleted === true) continue;
      const own = lcPhone?.[location];
      const data = {
        name: name ?? undefined,
        firstName: firstName ?? undefined,
        lastName: lastName ?? undefined,
        email: email ?? undefined,
        phone: phone ?? undefined,
        ...(typeof own === "string" && own !== "" ? { lcPhone: own } : {}),
      };
      items.push({ kind: "user", id, data });
    }
  }
  if (pipelines.outcome === "done") {
    for (const { id, name, stages } of pipelines.value) {
      items.push({ kind: "pipeline", id, data: { name: name ?? id } });
      for (const stage of stages) {
        const data = { name: stage.name ?? stage.id, pipeline: name ?? id, pipelineId: id };
        items.push({ kind: "stage", id: stage.id, data });
      }
    }
  }
  if (workflows.outcome === "done") {
    for (const { id, name } of workflows.value) items.push({ kind: "workflow", id, data: { name: name ?? id } });
  }
  if (tags.outcome === "done") {
    for (const { id, name } of tags.value) items.push({ kind: "tag", id, data: { name: name ?? id } });
  }
  return items;
}

/** Who was asked about in vain is not asked about again before. Real time. */
const AGAIN_MS: Millis = 5 * SECOND;

interface StrangerNeeds {
  readonly api: Operations;
  readonly database: Database;
  readonly clock: Clock;
  readonly facts: Facts;
  /** What is missing to ask for a location at all: said once, and not of each lead. Absent: nothing is. */
  readonly keyless?: (location: string) => string | undefined;
  readonly mailed: (location: string) => void;
}

export type Strangers = ReturnType<typeof findStrangers>;

/**
 * Fetches contacts that an event came for before the CRM told us of them, and mails what it says: also that it does not
 * know them is an answer, after which nobody waits for their number. `missed`: those that
 * it said it had not, or whose record we know, when something was asked about them; that there is no such contact is mailed, too.
 */
export function findStrangers({ api, database, clock, facts, keyless, mailed }: StrangerNeeds) {
  const asking = new Set<string>();
  const strangers = (location: string, leads: readonly string[], { missed = false } = {}): void => {
    for (const lead of leads) {
      const key = `${location} ${lead}`;
      if (asking.has(key)) continue;
      asking.add(key);
      void introduce(location, lead, missed).then(
        () => asking.delete(key),
        (error) => {
          // the lead is decided without its profile, or asked about again; the next webhook brings it
          if (keyless?.(location) === undefined)
            facts.emit("loop_failed", { loop: "introductions", reason: String(error) });
          setTimeout(() => asking.delete(key), AGAIN_MS).unref();
        },
      );
    }
  };
  return { strangers, introduce };

  /** @returns whether the CRM has such a contact. @throws Unavailable when it does not answer */
  async function introduce(location: string, lead: string, missed = false): Promise<boolean> {
    const asked = clock.now();
    const reply = await api.contact(location, lead);
    if (reply.outcome !== "done" && reply.outcome !== "refused") {
      throw new Unavailable("The CRM does not answer for a contact.");
    }
    const now = clock.now();
    const isGone = missed && reply.outcome === "refused" && (reply.status === 404 || /not found/i.test(reply.message));
    if (reply.outcome !== "done" && !isGone) {
      await database.transaction([location], async (sql) => {
        await markPlaced(sql, location, lead);
        await wakeLead(sql, location, lead, now);
      });
      return false;
    }
    const said =
      reply.outcome === "done"
        ? [
            { type: "crm.contact", data: reply.value.contact as unknown as JsonObject },
            { type: "crm.dnd", data: reply.value.dnd as unknown as JsonObject },
          ]
        : [{ type: "crm.contact", data: { change: "delete", asOf: now, contact: {} } }];
    const events = said.map((event) => ({
      ...event,
      id: newId(now),
      location,
      lead,
      // what it says is of then at the latest
      at: asked,
      receivedAt: now,
      source: "crm" as const,
    }));
    await database.transaction([location], async (sql) => {
      await insertEvents(sql, events);
      await insertMail(sql, events.map(letterOf));
      await markPlaced(sql, location, lead);
      await wakeLead(sql, location, lead, now);
    });
    mailed(location);
    return reply.outcome === "done";
  }
}
