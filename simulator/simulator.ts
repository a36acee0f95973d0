// Puts the CRM side together. `main.ts` runs it as a process; tests open it in their own.

import { randomUUID } from "node:crypto";
import { openClock, type SharedClock } from "./clock.ts";
import { type Admin, openAdmin } from "./crm/admin.ts";
import { COMPANY_ID, OTHER_COMPANY_ID } from "./crm/catalog.ts";
import { contactOperations } from "./crm/contact-operations.ts";
import { conversationOperations } from "./crm/conversation-operations.ts";
import { type Crm, type CrmOptions, openCrm } from "./crm/crm.ts";
import { FaultPlan, NO_FAULTS, receiptFault } from "./crm/faults.ts";
import { openLedger } from "./crm/ledger.ts";
import { locationOperations } from "./crm/location-operations.ts";
import { openOAuthPages } from "./crm/oauth.ts";
import { openRateWindow } from "./crm/rate.ts";
import { openRouter } from "./crm/router.ts";
import { type CrmServer, openServer } from "./crm/server.ts";
import { openTokens, type Tokens } from "./crm/tokens.ts";
import { openWebhooks, type Webhooks } from "./crm/webhooks.ts";
import type { Flags } from "./flags.ts";

export interface Simulator {
  readonly crm: Crm;
  readonly clock: SharedClock;
  readonly ready: ReadyLine;
  /** What a token opens now. */
  opens(token: string): ReturnType<Tokens["opens"]>;
  given: Tokens["given"];
  close(): Promise<void>;
}

/** What the parent process needs to know, printed as one line of JSON. */
interface ReadyLine {
  readonly url: string;
  readonly locationId: string;
  readonly token: string;
  readonly webhookPublicKeyPem: string;
  /** The app's own id and secret. */
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The people behind the contacts, as the CRM side meets them. */
interface Town extends Pick<CrmOptions, "arrives" | "onAccepted" | "onTask"> {
  start(crm: Crm): void;
  aim(target: { readonly eventsUrl?: string | null | undefined; readonly apiKey?: string | undefined }): void;
  figures(): unknown;
  close(): Promise<void>;
}

/** Acts at an even rate: every few milliseconds what is due by then. */
function openLoad(perSecond: number, times: number, act: (n: number) => void): { stop(): void } {
  const from = performance.now();
  let n = 0;
  const timer = setInterval(() => {
    const due = Math.min(times, Math.floor(((performance.now() - from) / 1000) * perSecond));
    for (; n < due; n += 1) act(n);
    if (n >= times) clearInterval(timer);
  }, 5);
  return { stop: () => clearInterval(timer) };
}

export type OpenTown = (flags: Flags, clock: SharedClock) => Town;

export async function openSimulator(flags: Flags, openTown?: OpenTown): Promise<Simulator> {
  const realStart = flags["real-start"] ?? Date.now();
  const clock = openClock({ start: flags.start ?? realStart, realStart, speed: flags.speed });
  const { seed } = flags;
  const run = randomUUID();
  let plan = flags.faults === undefined ? NO_FAULTS : FaultPlan.parse(JSON.parse(flags.faults));
  const faults = () => plan;
  const location = {
    id: flags.location,
    company: COMPANY_ID,
    name: "Latchkey Realty (simulated)",
    timezone: flags.timezone,
  };
  const others = [...flags.locations, ...flags["other-company"]].map((id, n) => ({
    ...{ id, name: `Team ${n + 2} (simulated)`, timezone: flags.timezone },
    company: flags["other-company"].includes(id) ? OTHER_COMPANY_ID : COMPANY_ID,
  }));
  const webhooks = openWebhooks({
    clock,
    seed,
    run,
    locationId: location.id,
    url: flags["webhook-url"],
    retryBaseMs: flags["retry-base-ms"],
    faults,
  });
  const ledger = openLedger(flags.ledger);
  const tokens = openTokens({
    locations: [location, ...others],
    token: flags.token,
    scopes: flags.scopes?.split(","),
    lifetimeS: flags["token-seconds"],
    clientSecret: flags["client-secret"],
  });
  const all = [location, ...others].filter(({ company }) => company === COMPANY_ID).map(({ id }) => id);
  const choice = { userType: "Location", company: COMPANY_ID, location: location.id, locations: all } as const;
  const oauth = openOAuthPages(tokens, choice, webhooks);
  const town = flags["no-town"] ? undefined : openTown?.(flags, clock);
  const crm = openCrm({
    clock,
    seed,
    run,
    location,
    webhooks,
    ledger,
    echo: flags.echo,
    skew: () => plan.skewMs,
    carrier: (message) => receiptFault(plan, seed, message.id),
    ...(town?.arrives === undefined ? {} : { arrives: town.arrives }),
    ...(town?.onAccepted === undefined ? {} : { onAccepted: town.onAccepted }),
    ...(town?.onTask === undefined ? {} : { onTask: town.onTask }),
  });

  const openRate = () =>
    openRateWindow({
      max: flags["rate-max"],
      intervalMs: flags["rate-interval-ms"],
      // a lifted burst lifts the day with it
      dailyMax: flags["rate-daily"] ?? Math.max(200_000, flags["rate-max"] * 2_000),
    });
  const places = new Map([[location.id, { crm, rate: openRate() }]]);
  for (const other of others) {
    const emit: Webhooks["emit"] = (payload) => webhooks.emit({ locationId: other.id, ...payload });
    const own = { clock, seed, ledger, echo: flags.echo, run: `${run}/${other.id}`, location: other };
    places.set(other.id, { crm: openCrm({ ...own, webhooks: { ...webhooks, emit } }), rate: openRate() });
  }

  let server: CrmServer | undefined;
  const loads: { stop(): void }[] = [];
  const state = () => ({
    now: clock.now(),
    real: clock.real(),
    speed: clock.speed,
    locationId: location.id,
    contacts: crm.contacts.size,
    messages: crm.messages.size,
    accepted: ledger.entries.length,
    refused: ledger.refusals.length,
    webhooks: webhooks.figures(),
    http: server?.figures(),
    faults: plan,
    ...(town === undefined ? {} : { town: town.figures() }),
  });
  const admin: Admin = openAdmin({
    crm(id) {
      const place = id === null ? { crm } : places.get(id);
      if (place === undefined) throw new RangeError(`There is no location ${id}`);
      return place.crm;
    },
    ledger,
    webhooks,
    tokens,
    oauth,
    choice,
    setFaults(next) {
      plan = next;
    },
    refuse: (ms) => server?.refuse(ms),
    state,
    load: (perSecond, times, act) => loads.push(openLoad(perSecond, times, act)),
    aim: (target) => town?.aim(target),
  });
  const router = openRouter([...contactOperations, ...conversationOperations, ...locationOperations]);
  server = await openServer({ port: flags.port, places, router, tokens, oauth, seed, faults, admin });
  town?.start(crm);

  return {
    crm,
    clock,
    opens: (token) => tokens.opens(token, Date.now()),
    given: tokens.given,
    ready: {
      url: server.url,
      locationId: location.id,
      token: tokens.integration,
      webhookPublicKeyPem: webhooks.publicKeyPem,
      clientId: tokens.clientId,
      clientSecret: tokens.clientSecret,
    },
    async close() {
      for (const load of loads) load.stop();
      await town?.close();
      for (const place of places.values()) place.crm.close();
      await webhooks.close();
      await server?.close();
    },
  };
}
