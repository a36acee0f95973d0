// HTTP from the CRM's workflows: triggers that want to be told, actions that ask us, and lists to choose from. None of it
// is signed, so that each request shows its location's workflow secret in a header.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import type { Facts } from "../kernel/facts.ts";
import { after, limit, nextOf, Place, parse } from "../kernel/request.ts";
import { sameSecret } from "../kernel/secret.ts";
import type { Database } from "../kernel/sql.ts";
import { type Clock, DAY, iso } from "../kernel/time.ts";
import type { Asker } from "../tenancy/index.ts";
import { ACTIONS, type ActionAnswer, type ActionAsked, type ActionName, readAction, withBranch } from "./action.ts";
import {
  beginAction,
  endAction,
  MOST_SUBSCRIPTIONS,
  removeSubscription,
  saveSubscription,
  viewSubscriptions,
} from "./store.ts";
import { readSubscription } from "./subscription.ts";

export interface MarketplaceDoors {
  readonly database: Database;
  readonly clock: Pick<Clock, "now">;
  readonly facts: Facts;
  readonly locations: () => readonly string[];
  readonly workflowSecret: (location: string) => string | undefined;
  /** What is wrong with an address that a trigger gave; undefined: nothing. */
  readonly wrongTarget: (url: string) => string | undefined;
  readonly authorize: Asker;
  /** Carries an action out. `id` is the execution's: said again, it does nothing twice. */
  readonly act: (action: ActionName, asked: ActionAsked, id: string) => Promise<Acted>;
  readonly options: (location: string, list: OptionList) => Promise<readonly Option[]>;
  readonly writeBack: WriteBackDoor;
}

/** The switch for what contacts are told. */
export interface WriteBackDoor {
  isOn(location: string): boolean;
  /** Names of our fields that the location has. */
  fields(location: string): readonly string[];
  /** @throws InvalidInput `conflict` where the CRM lets us make no field: the switch stays off */
  turn(location: string, on: boolean, by: string): Promise<void>;
}

export interface Acted {
  readonly answer: ActionAnswer;
  /** Names of branches that fit it, the most exact first. */
  readonly outcomes: readonly string[];
}

const OPTION_LISTS = ["workflows", "triggers", "tiers"] as const;
export type OptionList = (typeof OPTION_LISTS)[number];
export interface Option {
  readonly label: string;
  readonly value: string;
}

const Listed = z.object({ after, limit });
const BODY_LIMIT = 64 * 1024;
/** Of what was told, the view counts this long back. */
const SHOWN = 30 * DAY;

export function marketplaceRoutes(app: FastifyInstance, doors: MarketplaceDoors): void {
  const { database, clock } = doors;
  const options = { bodyLimit: BODY_LIMIT };

  app.post("/webhooks/triggers", options, async (request) => {
    // who has no secret learns nothing, not even what else is wrong with the body
    mustKnow(doors, request, locationIn(request.body));
    const change = readSubscription(request.body);
    const { location } = change;
    if (change.type === "removed") {
      await database.transaction([location], (sql) => removeSubscription(sql, location, change.id));
      return { accepted: true };
    }
    const wrong = doors.wrongTarget(change.subscription.targetUrl);
    if (wrong !== undefined) {
      const detail = `${wrong}. Whoever runs Latchkey can allow others with HIGHLEVEL_TRIGGER_TARGETS`;
      throw new InvalidInput(`triggerData.targetUrl: ${detail}.`, "invalid-input", [
        { field: "triggerData.targetUrl", detail },
      ]);
    }
    const saved = await database.transaction([location], (sql) =>
      saveSubscription(sql, location, change.subscription, clock.now()),
    );
    if (!saved) throw new InvalidInput(`There are ${MOST_SUBSCRIPTIONS} triggers already.`, "conflict");
    return { accepted: true };
  });

  app.post("/webhooks/actions/:action", options, async (request) => {
    mustKnow(doors, request, locationIn(request.body));
    const { action } = parse(z.looseObject({ action: z.enum(ACTIONS) }), request.params);
    const asked = readAction(action, request.body);
    const { location } = asked;
    const begun = await database.transaction([location], (sql) => beginAction(sql, asked, clock.now()));
    if (begun.answer !== undefined) return begun.answer;
    const { answer, outcomes } = await doors.act(action, asked, begun.id);
    const whole = withBranch(answer, asked, outcomes);
    await database.transaction([location], (sql) => endAction(sql, asked, whole));
    return whole;
  });

  app.get("/webhooks/options/:list", async (request) => {
    const { locationId } = parse(z.looseObject({ locationId: z.string().max(64).optional() }), request.query);
    const location = mustKnow(doors, request, locationId);
    const { list } = parse(z.looseObject({ list: z.enum(OPTION_LISTS) }), request.params);
    return { options: await doors.options(location, list) };
  });

  const standing = (location: string) => ({
    on: doors.writeBack.isOn(location),
    fields: doors.writeBack.fields(location),
  });
  app.get("/v1/locations/:location/write-back", async (request) => {
    const { location } = parse(Place, request.params);
    await doors.authorize(request, location);
    return standing(location);
  });
  app.post("/v1/locations/:location/write-back", async (request) => {
    const { location } = parse(Place, request.params);
    const { name } = await doors.authorize(request, location, "manager");
    const { on } = parse(z.strictObject({ on: z.boolean() }), request.body);
    await doors.writeBack.turn(location, on, name);
    return standing(location);
  });

  app.get("/v1/locations/:location/crm-triggers", async (request) => {
    const { location } = parse(Place, request.params);
    await doors.authorize(request, location);
    const { after: last, limit: most } = parse(Listed, request.query);
    const asked = { since: clock.now() - SHOWN, after: last, limit: most };
    const items = await database.transaction([location], (sql) => viewSubscriptions(sql, location, asked));
    return {
      ...nextOf(items, most, ({ id, createdAt }) => ({ id, at: createdAt })),
      items: items.map(({ lastToldAt, lastFailedAt, createdAt: _, ...item }) => ({
        ...item,
        ...(lastToldAt === undefined ? {} : { lastToldAt: iso(lastToldAt) }),
        ...(lastFailedAt === undefined ? {} : { lastFailedAt: iso(lastFailedAt) }),
      })),
    };
  });
}

/**
 * The location whose secret the request shows. A location we do not know is answered like a wrong secret.
 *
 * @param named as the request says; lists may be asked for without saying
 * @throws InvalidInput `unauthorized`
 */
function mustKnow(doors: MarketplaceDoors, { headers }: FastifyRequest, named: string | undefined): string {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
  const header = headers["x-latchkey-key"];
  const shown = typeof header === "string" ? header : bearer;
  const candidates = named === undefined ? doors.locations() : [named];
  // all are looked at, so that the time it takes says nothing
  const [location] = candidates.filter((one) => sameSecret(shown, doors.workflowSecret(one)));
  if (location !== undefined) return location;
  doors.facts.emit("webhook_refused", { code: "unauthorized" });
  throw new InvalidInput(
    "Show the location's workflow secret in the header x-latchkey-key. latchkey doctor prints it.",
    "unauthorized",
  );
}

/**
 * What the body says, before it is trusted or read. Without a location nobody could be let in: that is said, and nothing else.
 *
 * @throws InvalidInput
 */
function locationIn(body: unknown): string {
  const extras = (body as { extras?: { locationId?: unknown } } | null | undefined)?.extras;
  if (typeof extras?.locationId === "string" && extras.locationId !== "") return extras.locationId;
  const detail = "expected the id of the location that asks, as the CRM sends it";
  throw new InvalidInput(`extras.locationId: ${detail}.`, "invalid-input", [{ field: "extras.locationId", detail }]);
}
