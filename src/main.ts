// Read it once and you know the system: what there is, who is given what, and in which order it stops.

import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import fastifyCors from "@fastify/cors";
import Fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import type { Config } from "./config.ts";
import {
  migrate,
  openDatabase,
  openDatabaseClock,
  openEmbedded,
  openHints,
  scaledClock,
  sweep,
} from "./database/index.ts";
import { type Command, insertMail } from "./events/index.ts";
import {
  openChannels,
  openHighLevel,
  openLookup,
  openRecords,
  openSignatures,
  readWebhook,
} from "./highlevel/index.ts";
import { ingestRoutes, openIntake } from "./ingest/index.ts";
import { dashboardRoutes, foldDeltas, insightRoutes, openReader } from "./insights/index.ts";
import { askCatalog, findStrangers } from "./introductions.ts";
import { InvalidInput } from "./kernel/errors.ts";
import { type Facts, openFacts } from "./kernel/facts.ts";
import { newId } from "./kernel/ids.ts";
import { answerProblems } from "./kernel/problem.ts";
import type { Sql } from "./kernel/sql.ts";
import { type Clock, HOUR, type Instant, MINUTE, SECOND } from "./kernel/time.ts";
import { instantOf, localTime } from "./kernel/zone.ts";
import { findLeads, readLeads } from "./leads/index.ts";
import { openHub } from "./live/index.ts";
import { leadOfUnsettled, openRenderer, openSender, receiveReceipts, recheck } from "./outreach/index.ts";
import { openTelemetry } from "./telemetry.ts";
import {
  type Catalogs,
  deriveKey,
  fromOurPages,
  type Installations,
  insertAudit,
  mayUse,
  openAccess,
  openCatalogs,
  openInstallations,
  openSeal,
  openSessions,
  readSecret,
  sessionRoutes,
} from "./tenancy/index.ts";
import { freePort, openTown } from "./town.ts";
import { decideTurn, openScenes, startTurns, unparkLead, vocabularyOf, watchProcesses } from "./turns/index.ts";
import { type Folder, openFolder, openPublications } from "./workflows/index.ts";

/** How much faster than life the demo town runs. */
const TOWN_SPEED = 60;
const TOWN_ZONE = "America/Chicago";
const TURN_LANES = 2;

export interface Latchkey {
  readonly url: string;
  /** Opens the dashboard, signed in, once: printed where the CRM is simulated. */
  readonly link: string;
  readonly simulated: boolean;
  close(): Promise<void>;
}

export async function start(config: Config): Promise<Latchkey> {
  const facts = openFacts();
  const stops: (() => unknown)[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  let viewers = () => 0;
  const { log, metrics } = openTelemetry(facts, () => viewers());

  try {
    // The database, its clock and the secret.
    const embedded =
      config.databaseUrl === undefined ? await openEmbedded({ data: config.dataFolder, facts }) : undefined;
    if (embedded !== undefined) stops.push(() => embedded.close());
    const databaseUrl = config.databaseUrl ?? (embedded?.url as string);
    await migrate({ url: databaseUrl, facts, now: Date.now() });
    const database = await openDatabase({ url: databaseUrl, applicationName: "latchkey", max: 12 });
    stops.push(() => database.close());
    const real = await openDatabaseClock((work) => database.transaction([], work));
    stops.push(() => real.close());
    const hints = openHints({ url: databaseUrl });
    stops.push(() => hints.close());
    const secret = await readSecret(config.dataFolder, config.secret);

    // Whom we work for. Without a CRM of its own it is a simulated town, on a clock that runs faster.
    const seal = openSeal(secret);
    const known = await openInstallations({ database, seal, clock: real });
    const simulated =
      config.simulator === "on" ||
      (config.simulator === "auto" &&
        config.highlevel.token === undefined &&
        config.highlevel.location === undefined &&
        !known.list().some(({ location }) => !isTown(location)));
    const origin = real.real();
    const townStart = simulated ? morning(origin) : origin;
    const clock: Clock = simulated ? scaledClock(real, { origin, start: townStart, factor: TOWN_SPEED }) : real;
    const installations = await openInstallations({ database, seal, clock });
    stops.push(installations.follow(5 * SECOND));
    for (const { location } of installations.list()) {
      if (isTown(location)) await installations.uninstall(location, "start");
    }
    const townLocation = `town_${origin.toString(36)}`;
    const townPort = simulated ? await freePort() : 0;
    const [townKey, townToken] = [randomBytes(24).toString("hex"), randomBytes(24).toString("hex")];
    if (simulated)
      await installations.install({
        location: townLocation,
        by: "start",
        name: "Simulated town",
        timeZone: "America/Chicago",
      });
    else if (config.highlevel.location !== undefined) {
      await installations.install({
        location: config.highlevel.location,
        by: "environment",
        ...(config.highlevel.token === undefined ? {} : { token: config.highlevel.token }),
      });
    }
    const locations = () => installations.list().map(({ location }) => location);

    // The CRM. A town's webhook key is known once it runs, which is after we listen.
    let townSignatures: ReturnType<typeof openSignatures> | undefined;
    const api = openHighLevel({
      url: simulated ? `http://127.0.0.1:${townPort}` : config.highlevel.apiUrl,
      clock: real,
      token: (location) => (location === townLocation ? townToken : installations.token(location)),
      onRate: (location, rate) => sender.note(location, rate),
    });
    stops.push(() => api.close());
    const signatures = openSignatures(webhookKeys(config));
    const catalogs = openCatalogs({ database, clock, ask: (location) => askCatalog(api, location) });
    stops.push(catalogs.follow(locations, 30 * SECOND));

    // Workflows, turns, outreach.
    const folder =
      config.workflowsFolder === ""
        ? NO_FOLDER
        : await openFolder({
            dir: config.workflowsFolder,
            database,
            clock,
            facts,
            locations: async () => locations(),
          });
    stops.push(() => folder.close());
    const publications = openPublications();
    const addressKey = deriveKey(secret, "address");
    const scenes = openScenes({
      publications,
      place: placeOf(installations, catalogs),
      renderer: openRenderer(),
      addressKey,
    });

    const sender = openSender({
      database,
      clock,
      facts,
      addressKey,
      leads: readLeads,
      rights: async (sql, location, leads) => {
        const scene = await scenes.open(sql, location, clock.now());
        const inbound = await scenes.inbound(sql, location, leads);
        return (row, lead) => recheck(row, scene.outreach, { ...lead, lastInboundAt: inbound.get(row.lead) ?? {} });
      },
      channels: openChannels(api),
      records: openRecords(api),
      lookup: openLookup(api, real),
      mailed: (location) => tell(location),
      pollMs: config.roles.has("worker") ? 250 : 0,
    });

    const reader = openReader({
      database,
      now: () => clock.now(),
      ...(simulated ? { speed: TOWN_SPEED } : {}),
      diagnostics: () => folder.last().diagnostics.filter(isFault),
      ...(embedded === undefined ? {} : { diskBytes: () => sizeOfDatabase(database) }),
    });
    const sessions = openSessions({ secret, real: () => real.real(), secure: config.url.startsWith("https:") });
    const access = openAccess({
      database,
      clock: real,
      ...(config.apiKey === undefined ? {} : { ownerKey: config.apiKey }),
    });
    const asTown = { id: "town", name: "Simulated town", role: "agent" as const, locations: [townLocation] };
    const authorizeHeader = async (header: string | undefined) =>
      simulated && header === `Bearer ${townKey}` ? asTown : access.authorize(header);
    const asker = async (
      request: { method?: string | undefined; headers: FastifyRequest["headers"] | Record<string, unknown> },
      location: string,
    ) => {
      const headers = request.headers as { authorization?: string; cookie?: string; origin?: string; host?: string };
      // a cookie travels with any page's request: one that would change something must come from ours
      const reads = request.method === undefined || request.method === "GET";
      const session = reads || fromOurPages(headers) ? sessions.read({ headers }) : undefined;
      const who = session ?? (await authorizeHeader(headers.authorization));
      if (!mayUse({ ...who }, location)) throw new InvalidInput("This key is not for that location.", "forbidden");
      return who;
    };

    const hub = openHub({
      source: reader,
      clock,
      overlap: simulated ? 5 * SECOND * TOWN_SPEED : 5 * SECOND,
      authenticate: (request, location) => asker(request, location).catch(() => undefined),
      authenticateToken: (token, location) =>
        asker({ headers: { authorization: `Bearer ${token}` } }, location).catch(() => undefined),
      onlyLocation: async () => (locations().length === 1 ? locations()[0] : undefined),
      failed: (reason) => facts.emit("loop_failed", { loop: "live", reason: String(reason) }),
    });
    viewers = () => hub.viewers();
    stops.push(() => hub.close());

    const self = { worker: newId(real.real()), host: hostname(), pid: process.pid };
    const strangers = findStrangers({ api, database, clock, mailed: (location) => tell(location) });
    const worker = config.roles.has("worker")
      ? startTurns(
          {
            database,
            clock,
            facts,
            process: self,
            scenes,
            decide: decideTurn,
            introduce: (location, leads) => strangers(location, leads),
            saved: (location, outcomes) => {
              const leads = outcomes.map(({ record }) => record.lead);
              hub.hint(location, leads);
              hints.notify("latchkey_saved", `${location} ${leads.slice(0, 40).join(" ")}`);
              if (outcomes.some(({ queued, moved }) => queued.length + moved.length > 0)) sender.wake(location);
            },
          },
          { lanes: TURN_LANES },
        )
      : undefined;
    if (worker !== undefined) {
      stops.push(() => worker.close());
      stops.push(await watchProcesses({ database, clock: real, facts, process: self, worker, alive }));
    }
    stops.push(() => sender.close());

    /** A location has mail: our own worker hears it at once, other processes by a coalesced notification. */
    const tell = (location: string) => {
      worker?.hint([location]);
      hints.notify("latchkey_mail", location);
    };
    hints.listen("latchkey_mail", (location) => (location === "" ? undefined : worker?.hint([location])));
    hints.listen("latchkey_saved", (payload) => {
      const [location, ...leads] = payload.split(" ");
      if (location) hub.hint(location, leads);
    });

    // HTTP.
    const intake = openIntake({
      database,
      clock,
      facts,
      resolveLeads: findLeads,
      receiveReceipts,
      hint: (found) => {
        for (const location of found) tell(location);
      },
    });
    stops.push(() => intake.close());
    const app = Fastify({ logger: false, bodyLimit: 1_048_576, forceCloseConnections: true });
    stops.push(() => app.close());
    answerProblems(app, facts);
    await app.register(fastifyCors, { origin: false });
    app.get("/healthz", () => ({ status: "ok" }));
    app.get("/readyz", async (_request, reply) => {
      const ready = await database.ping().then(
        () => true,
        () => false,
      );
      return reply.code(ready ? 200 : 503).send({ status: ready ? "ready" : "unavailable" });
    });
    app.get("/metrics", async (_request, reply) => reply.type("text/plain; version=0.0.4").send(await metrics()));
    if (config.roles.has("web")) {
      await ingestRoutes(app, {
        intake,
        clock,
        facts,
        verify: (raw, headers) => townSignatures?.(raw, headers) === true || signatures(raw, headers),
        readWebhook,
        installed: (location) => installations.has(location),
        locations,
        workflowSecret: (location) => installations.workflowSecret(location),
        authorize: authorizeHeader,
        vocabulary: () => vocabularyOf(folder.last().content ?? { events: {} }),
        findLead: (location, reference) =>
          database.transaction([location], async (sql) => (await findLeads(sql, location, [reference]))[0]),
        upsertContact: async (location, contact) => {
          const reply = await api.upsertContact(location, contact);
          if (reply.outcome === "done") return reply.value.id;
          throw new InvalidInput("The CRM did not take the contact.", "unavailable");
        },
      });
      sessionRoutes(app, {
        sessions,
        sessionOfKey: (key) => access.authorize(`Bearer ${key}`).catch(() => undefined),
        teams: async (session) =>
          installations
            .list()
            .filter(({ location }) => session.locations === "*" || session.locations.includes(location))
            .map(({ location, name }) => ({ id: location, name: name ?? location })),
        ...(simulated ? { simulated: { speed: TOWN_SPEED } } : {}),
      });
      insightRoutes(app, {
        reader,
        authorize: asker,
        mark: (location, topic) => hub.mark(location, topic),
        retry: (location, lead, by) => retryLead(location, lead, by),
        judge: (location, lead, words, by) => judgeWords(location, lead, words, by),
        settle: (location, message, as, by) => settleMessage(location, message, as, by),
      });
      const pages = fileURLToPath(new URL("./dashboard", import.meta.url));
      if (existsSync(pages)) await dashboardRoutes(app, { dir: pages });
      hub.attach(app.server);
    }

    async function retryLead(location: string, lead: string, by: string): Promise<boolean> {
      const done = await database.transaction([location], async (sql) => {
        if (!(await unparkLead(sql, location, lead, clock.now()))) return false;
        await command(sql, location, lead, { type: "retry", by });
        return true;
      });
      if (done) tell(location);
      return done;
    }

    async function judgeWords(
      location: string,
      lead: string,
      { family, as }: { family: "phone" | "email"; as: "opted_out" | "go_on" },
      by: string,
    ): Promise<boolean> {
      const done = await database.transaction([location], async (sql) => {
        if (!(await readLeads(sql, location, [lead])).has(lead)) return false;
        await command(sql, location, lead, { type: "judge", family, as, by });
        return true;
      });
      if (done) tell(location);
      return done;
    }

    async function settleMessage(
      location: string,
      message: string,
      as: "sent" | "not_sent",
      by: string,
    ): Promise<boolean> {
      const done = await database.transaction([location], async (sql) => {
        const lead = await leadOfUnsettled(sql, location, message);
        if (lead === undefined) return false;
        await command(sql, location, lead, { type: "settle", outbox: message, as, by });
        return true;
      });
      if (done) tell(location);
      return done;
    }

    /** What a person asks of a lead, audited and mailed in one transaction. */
    async function command(sql: Sql, location: string, lead: string, body: Command): Promise<void> {
      const at = clock.now();
      await insertMail(sql, [{ location, lead, kind: "command", receivedAt: at, body }]);
      const subject = body.type === "settle" ? body.outbox : lead;
      await insertAudit(sql, { location, at, who: body.by, act: body.type, subject });
    }

    await app.listen({ host: config.host, port: config.port });
    const url = listeningAt(app, config);

    // Housekeeping.
    if (worker !== undefined) {
      stops.push(every(SECOND, facts, "fold", () => database.transaction("*", foldDeltas)));
      stops.push(every(10 * MINUTE, facts, "retention", () => sweep(database, clock.now())));
      stops.push(every(simulated ? MINUTE : HOUR, facts, "catalog", () => syncAll(catalogs, locations())));
    }
    if (simulated) {
      const town = await openTown({
        latchkey: `http://127.0.0.1:${portOf(app)}`,
        location: townLocation,
        port: townPort,
        token: townToken,
        apiKey: townKey,
        speed: TOWN_SPEED,
        start: townStart,
        realStart: origin - (real.real() - Date.now()),
      });
      townSignatures = openSignatures({ pem: town.webhookPublicKeyPem });
      stops.push(() => town.close());
    }
    await syncAll(catalogs, locations()).catch(() => undefined); // the CRM is away: asked again later
    const link = sessions.link({ id: "start", name: "Owner", role: "owner", locations: "*" });
    log.info({ url, simulated, embedded: embedded !== undefined }, "latchkey_started");
    return { url, link: `${url}/?key=${link}`, simulated, close: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** An empty LATCHKEY_WORKFLOWS publishes nothing: what is live stays live. */
const NO_FOLDER: Folder = {
  last: () => ({ diagnostics: [], files: [] }),
  refresh: async () => {},
  close: async () => {},
};

/** Remarks of the checker are for the one who writes, not for the dashboard. */
const isFault = <D extends { severity: string }>(found: D): found is D & { severity: "error" | "warning" } =>
  found.severity !== "info";

/** Whether a process of this machine lives; one that may not be signaled does. */
function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Half past eight of the town's day: whoever starts it at night meets it awake. */
const morning = (now: Instant): Instant => instantOf(localTime(now, TOWN_ZONE), 8 * 60 + 30, TOWN_ZONE);

/** Locations of simulated towns: a new one at each start, so that no town walks into another's past. */
export const isTown = (location: string): boolean => location.startsWith("town_");

export function webhookKeys({ highlevel }: Config): { pem?: string } {
  const given = highlevel.webhookKeys;
  if (given === undefined) return {};
  if (given.includes("-----BEGIN")) return { pem: given.replaceAll("\\n", "\n") };
  if (!existsSync(given)) {
    throw new InvalidInput(
      `HIGHLEVEL_WEBHOOK_KEYS: expected PEM text or the path of a file of it; there is no ${given}`,
    );
  }
  return { pem: readFileSync(given, "utf8") };
}

/** What the house keeps of a location, the same object until something of it changed. */
function placeOf(installations: Installations, catalogs: Catalogs): Parameters<typeof openScenes>[0]["place"] {
  const known = new Map<string, { key: unknown[]; place: ReturnType<Parameters<typeof openScenes>[0]["place"]> }>();
  return (location) => {
    const installed = installations.get(location);
    const items = catalogs.get(location);
    const key = [installed?.seed, installed?.timeZone, JSON.stringify(installed?.settings ?? {}), items];
    const before = known.get(location);
    if (before?.key.every((part, index) => part === key[index])) return before.place;
    const of = (kind: string) => items.filter((item) => item.kind === kind);
    const links = (installed?.settings["links"] ?? {}) as Readonly<Record<string, string>>;
    const place = {
      seed: installed?.seed ?? location,
      zone: installed?.timeZone ?? "America/New_York",
      catalog: {
        installedAt: installed?.installedAt ?? 0,
        users: Object.fromEntries(of("user").map(({ id, data }) => [id, data])),
        fields: Object.fromEntries(of("field").map(({ id, data }) => [id, String(data["key"])])),
        stages: Object.fromEntries(
          of("stage").map(({ id, data }) => [id, { name: String(data["name"]), pipeline: String(data["pipeline"]) }]),
        ),
        pipelines: Object.fromEntries(of("pipeline").map(({ id, data }) => [id, String(data["name"])])),
      },
      house: {},
      links,
    };
    known.set(location, { key, place });
    return place;
  };
}

async function syncAll(catalogs: Catalogs, locations: readonly string[]): Promise<void> {
  for (const location of locations) await catalogs.sync(location);
}

async function sizeOfDatabase(database: { transaction: Awaited<ReturnType<typeof openDatabase>>["transaction"] }) {
  return database.transaction([], async (sql) => {
    const { rows } = await sql.query<{ bytes: number }>("select pg_database_size(current_database()) as bytes");
    return rows[0]?.bytes ?? 0;
  });
}

/** Runs something now and then, one at a time; what fails is told and tried again. Answers how to stop it. */
function every(ms: number, facts: Facts, loop: string, work: () => Promise<unknown>): () => Promise<void> {
  let stopped = false;
  let busy = false;
  let running: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    if (busy || stopped) return;
    busy = true;
    running = work()
      .catch((error) => facts.emit("loop_failed", { loop, reason: String(error) }))
      .finally(() => {
        busy = false;
      });
  }, ms);
  return async () => {
    stopped = true;
    clearInterval(timer);
    await running;
  };
}

function portOf(app: FastifyInstance): number {
  const address = app.server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** The public address; where the port was left to the system, the one it gave. */
const listeningAt = (app: FastifyInstance, config: Config): string =>
  config.port === 0 ? config.url.replace(/:0$/, `:${portOf(app)}`) : config.url;
