// Read it once and you know the system: what there is, who is given what, and in which order it stops.

import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import fastifyCors from "@fastify/cors";
import Fastify, { type FastifyInstance } from "fastify";
import { type Accounts, openAccounts } from "./app/accounts.ts";
import { openCommands } from "./app/commands.ts";
import { complianceRoutes } from "./app/compliance-routes.ts";
import { openCrmDoors, openTelling } from "./app/crm-workflows.ts";
import { openEnroller } from "./app/enrolling.ts";
import { explainingRoutes } from "./app/explaining-routes.ts";
import { importRoutes } from "./app/import-routes.ts";
import { askCatalog, findStrangers } from "./app/introductions.ts";
import { workJobs } from "./app/jobs.ts";
import { takeLeads } from "./app/leads-in.ts";
import { openLearning } from "./app/learning.ts";
import { openMayWrite } from "./app/may-write.ts";
import { withOwnFields } from "./app/own-fields.ts";
import { listenAt } from "./app/places-taken.ts";
import { openPremises } from "./app/premises.ts";
import { openReconciling } from "./app/reconciling.ts";
import { openRunControl } from "./app/run-control.ts";
import { runRoutes } from "./app/run-routes.ts";
import { openScoredLeads } from "./app/scored-leads.ts";
import { openSignals } from "./app/signals.ts";
import { teamSiteRoutes } from "./app/site-routes.ts";
import { openSurroundings } from "./app/surroundings.ts";
import { findTown, freePort, isTown, openTown, TOWN_LINKS, TOWN_SPEED, TOWN_ZONE } from "./app/town.ts";
import { saveProofs } from "./compliance/index.ts";
import { type Config, webhookKeys } from "./config.ts";
import { openHints, scaledClock, sweep, tendStatistics } from "./database/index.ts";
import { APP_LOCATION } from "./events/index.ts";
import { experimentRoutes, frozenExperiments, openExperiments } from "./experiments/index.ts";
import {
  openChannels,
  openHighLevel,
  openLookup,
  openOAuth,
  openRecords,
  openSignatures,
  openStatus,
  readWebhook,
  withToken,
} from "./highlevel/index.ts";
import { ingestRoutes, messageLinkRoutes, openIntake, openVisitors, siteRoutes } from "./ingest/index.ts";
import {
  dashboardRoutes,
  foldDeltas,
  insightRoutes,
  noteHeard,
  openFailingLoops,
  openReader,
} from "./insights/index.ts";
import { InvalidInput, Unavailable } from "./kernel/errors.ts";
import { every } from "./kernel/every.ts";
import { openFacts } from "./kernel/facts.ts";
import { newId } from "./kernel/ids.ts";
import { answerProblems } from "./kernel/problem.ts";
import { type Clock, HOUR, MINUTE, SECOND } from "./kernel/time.ts";
import { confirmedAt, findLeads, readLeads } from "./leads/index.ts";
import { openHub } from "./live/index.ts";
import { marketplaceRoutes } from "./marketplace/index.ts";
import {
  askAwaited,
  locationsAwaiting,
  mediaRoutes,
  noticeRoutes,
  openAllowed,
  openBudget,
  openHealth,
  openHook,
  openMedia,
  openRenderer,
  openSender,
  openUnclear,
  receiveReceipts,
  recheck,
} from "./outreach/index.ts";
import { modelRoutes } from "./scoring/index.ts";
import { healthRoutes, openTelemetry } from "./telemetry.ts";
import {
  admit,
  type Catalogs,
  connectionRoutes,
  deriveKey,
  type Installations,
  insertAudit,
  oauthRoutes,
  openAccess,
  openAsker,
  openCatalogs,
  openInstallations,
  openLinks,
  openRules,
  openSecrets,
  openSessions,
  openSites,
  openWho,
  orNobody,
  sessionRoutes,
} from "./tenancy/index.ts";
import { backtestRoutes } from "./timetravel/index.ts";
import {
  decideTurn,
  isAlive,
  openPlaces,
  openScenes,
  openSweeper,
  startTurns,
  vocabularyOf,
  watchProcesses,
} from "./turns/index.ts";
import { isFault, NO_FOLDER, openFolder, openPublications } from "./workflows/index.ts";

/** Shared by the lanes of turns, the sender, intake and the pages (see PostgresOptions). */
const CONNECTIONS = 12;
const TURN_LANES = 2;
/** Leads a minute who are told of a new publication: a twentieth of what one process decides. */
const LEARNING = 3_000;
/** How often letters to many are looked after. */
const JOBS_MS = 100;

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
  const failing = openFailingLoops(facts, Date.now);
  const { log, metrics } = openTelemetry(facts, () => viewers());

  try {
    // The database, its clock and the secret.
    const premises = await openPremises(config, { facts, applicationName: "latchkey", connections: CONNECTIONS });
    stops.push(() => premises.close());
    const { database, clock: real, secret, seal } = premises;
    const hints = openHints({ url: premises.databaseUrl });
    stops.push(() => hints.close());

    // Whom we work for. Without a CRM of its own it is a simulated town, on a clock that runs faster.
    const simulated =
      config.simulator === "on" ||
      (config.simulator === "auto" &&
        config.highlevel.token === undefined &&
        config.highlevel.app === undefined &&
        config.highlevel.location === undefined &&
        !premises.installations.list().some(({ location }) => !isTown(location)));
    const origin = real.real();
    const whereabouts = findTown(config.dataFolder, origin);
    const { location: townLocation, start: townStart } = whereabouts;
    const clock: Clock = simulated ? scaledClock(real, { origin, start: townStart, factor: TOWN_SPEED }) : real;
    const tellInstalls = (location: string) => hints.notify("latchkey_installs", location);
    const installations = await openInstallations({ database, seal, clock, tell: tellInstalls });
    hints.listen("latchkey_installs", () => void installations.refresh().catch(() => undefined)); // read again by and by
    stops.push(installations.follow(5 * SECOND));
    for (const { location } of installations.list()) {
      if (isTown(location) && !(simulated && location === townLocation))
        await installations.uninstall(location, "start");
    }
    const townPort = simulated ? await freePort() : 0;
    const [townKey, townToken] = [randomBytes(24).toString("hex"), randomBytes(24).toString("hex")];
    if (simulated) {
      await installations.install({
        location: townLocation,
        by: "start",
        name: "Simulated town",
        timeZone: TOWN_ZONE,
      });
      const links = openLinks({ database, clock });
      for (const [name, address] of whereabouts.goesOn ? [] : Object.entries(TOWN_LINKS))
        await links.set(townLocation, name, address, "start");
      await installations.refresh();
    } else if (isNews(config, installations)) {
      await installations.install({
        location: config.highlevel.location as string,
        by: "environment",
        ...(config.highlevel.token === undefined ? {} : { token: config.highlevel.token }),
      });
    }
    const locations = () => installations.list().map(({ location }) => location);

    // The CRM. A town's webhook key is known once it runs, which is after we listen.
    let townSignatures: ReturnType<typeof openSignatures> | undefined;
    const budget = openBudget({ database, clock: real });
    const apiUrl = simulated ? `http://127.0.0.1:${townPort}` : config.highlevel.apiUrl;
    const health = openHealth({ database, clock: real, facts });
    stops.push(() => health.close());
    const oauth = config.highlevel.app && openOAuth({ url: apiUrl, clock: real, ...config.highlevel.app });
    const accounts = await openAccounts({
      ...{ database, clock, facts, seal, secret, installations, oauth, url: config.url },
      api: () => api,
      tryToken: (location, shown) => withToken({ url: apiUrl, clock: real }, shown, (own) => own.location(location)),
      arrived: (location) => Promise.all([folder.refresh(), catalogs.sync(location)]),
    });
    stops.push(() => accounts.close());
    const token = async (location: string) => (location === townLocation ? townToken : accounts.token(location));
    const api = openHighLevel({
      url: apiUrl,
      clock: real,
      token,
      instead: (location, refused) => accounts.instead(location, refused),
      onRate: (location, rate) => budget.note(location, rate),
      budget,
      health,
    });
    stops.push(() => api.close());
    const signatures = openSignatures(webhookKeys(config));
    const isWrittenBack = (location: string) => installations.get(location)?.settings["writeBack"] === true;
    const askAll = async (location: string) => {
      const items = await askCatalog(api, location);
      return isWrittenBack(location) ? withOwnFields(api, location, items) : items;
    };
    const catalogs = openCatalogs({ database, clock, ask: askAll });
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
            around: openSurroundings(installations, catalogs),
            refuses: frozenExperiments,
          });
    stops.push(() => folder.close());
    const publications = openPublications();
    const addressKey = deriveKey(secret, "address");
    // whoever fetches an attachment comes from outside; a town does not
    const reachable = config.url.startsWith("https:") || simulated;
    const media = openMedia({ dir: config.workflowsFolder, url: reachable ? config.url : undefined });
    const secrets = openSecrets({ database, seal, clock: real });
    const place = openPlaces(installations, catalogs);
    const signals = openSignals({
      ...{ database, clock, installations, secret, addressKey, simulated },
      url: config.url,
      mailed: (location) => tell(location),
    });
    const learning = openLearning({
      ...{ database, databaseUrl: premises.databaseUrl, clock, facts, locations },
      changed: (location) => hints.notify("latchkey_models", location),
    });
    stops.push(() => learning.close());
    hints.listen("latchkey_models", (location) => learning.live.hint(location));
    const scenes = openScenes({
      scorers: learning.live.of,
      signer: signals.signer,
      foot: true,
      publications,
      place,
      renderer: openRenderer(),
      addressKey,
      media: (location, name) => media.url(location, name),
    });

    const { webhookNetworks } = config;
    const { triggerTargets } = config.highlevel;
    const telling = openTelling({ database, clock: real, apiUrl, triggerTargets, webhookNetworks, token });
    const sender = openSender({
      database,
      clock,
      facts,
      addressKey,
      leads: readLeads,
      rights: async (sql, location, leads) => {
        const scene = await scenes.open(sql, location, clock.now());
        const inbound = await scenes.inbound(sql, location, leads);
        return (row, lead, message) => {
          const facts = { ...lead, refusals: scene.refusals ?? {}, lastInboundAt: inbound.get(row.lead) ?? {} };
          return recheck(row, scene.outreach, facts, message);
        };
      },
      budget,
      channels: openChannels(api.granted, real),
      records: openRecords(api.granted, real),
      hook: openHook({
        clock: real,
        secret: (location, name) => secrets.read(location, name),
        isAllowed: openAllowed(webhookNetworks),
      }),
      trigger: telling.call,
      lookup: openLookup(api.granted, real),
      mailed: (location) => tell(location),
      reread: (location, lead) => introduce(location, lead, true),
      confirmed: confirmedAt,
      prove: saveProofs,
      gone: (location, lead) => strangers(location, [lead], { missed: true }),
      pollMs: config.roles.has("worker") ? 250 : 0,
    });

    const reconciling = openReconciling({
      ...{ database, clock: real, facts, api, installations, receiveReceipts },
      mailed: (location) => tell(location),
      isRead: true,
    });
    const reader = openReader({
      database,
      now: () => clock.now(),
      real: () => real.real(),
      ...(simulated ? { speed: TOWN_SPEED } : {}),
      files: (location) => {
        const { diagnostics, held } = folder.at(location);
        return { diagnostics: diagnostics.filter(isFault), held };
      },
      ...(premises.embedded ? { diskBytes: () => database.bytes() } : {}),
      unclear: openUnclear(addressKey),
      mayWrite: openMayWrite(scenes, () => clock.now()),
      scoring: openScoredLeads(learning.live),
      models: learning.models.standing,
      failing,
      hears: async (location) => (isTown(location) ? undefined : reconciling.state(location)),
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
    const doors = { sessions, authorize: authorizeHeader };
    const asker = openAsker(doors);

    const hub = openHub({
      source: { ...reader, models: learning.models.news },
      clock,
      overlap: simulated ? 5 * SECOND * TOWN_SPEED : 5 * SECOND,
      authenticate: (request, location) => orNobody(asker(request, location)),
      authenticateToken: (token, location) =>
        orNobody(asker({ headers: { authorization: `Bearer ${token}` } }, location)),
      onlyLocation: async () => (locations().length === 1 ? locations()[0] : undefined),
      failed: (reason) => facts.emit("loop_failed", { loop: "live", reason: String(reason) }),
    });
    viewers = () => hub.viewers();

    const self = { worker: newId(real.real()), host: hostname(), pid: process.pid };
    const { strangers, introduce } = findStrangers({
      api: api.lane("urgent"),
      database,
      clock,
      facts,
      mailed: (location) => tell(location),
    });
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
      stops.push(await watchProcesses({ database, clock: real, facts, process: self, worker, alive: isAlive }));
    }
    stops.push(() => sender.close());

    /** A location has mail: our own worker hears it at once, other processes by a coalesced notification. */
    const tell = (location: string) => {
      if (location === APP_LOCATION) return; // its mail is read by the accounts, who look each second
      worker?.hint([location]);
      hints.notify("latchkey_mail", location);
    };
    hints.listen("latchkey_mail", (location) => (location === "" ? undefined : worker?.hint([location])));
    hints.listen("latchkey_saved", (payload) => {
      const [location, ...leads] = payload.split(" ");
      if (location) hub.hint(location, leads);
    });

    const experiments = openExperiments({
      database,
      clock,
      declared: async (sql, location) => (await publications.live(sql, location))?.experiments ?? {},
      audit: insertAudit,
      mailed: tell,
    });

    // HTTP.
    const intake = openIntake({
      database,
      clock,
      facts,
      resolveLeads: findLeads,
      receiveReceipts: (sql, location, receipts) => receiveReceipts(sql, location, receipts, addressKey),
      heard: noteHeard,
      visitors: openVisitors({ clock }),
      hint: (found) => {
        for (const location of found) tell(location);
      },
    });
    stops.push(() => intake.close());
    const app = Fastify({ logger: false, bodyLimit: 1_048_576, return503OnClosing: false });
    stops.push(() => closeAnswered(app));
    const ending = new AbortController();
    stops.push(() => ending.abort(new Unavailable("Latchkey is ending. Send the rest again.")));
    stops.push(() => hub.close());
    answerProblems(app, facts);
    await app.register(fastifyCors, { origin: false });
    healthRoutes(app, { ready: () => database.ping(), metrics });
    if (config.roles.has("web")) {
      await ingestRoutes(app, {
        intake,
        clock,
        facts,
        verify: (raw, headers) => townSignatures?.(raw, headers) === true || signatures(raw, headers),
        readWebhook,
        installed: installations.knows,
        told: (location, type) => {
          if (type === "LocationUpdate") accounts.look(location).catch(() => undefined); // the hourly round looks again
        },
        locations,
        workflowSecret: (location) => installations.workflowSecret(location),
        authorize: authorizeHeader,
        vocabulary: () => vocabularyOf(folder.last().content ?? { events: {} }),
        findLead: (location, reference) =>
          database.transaction([location], async (sql) => (await findLeads(sql, location, [reference]))[0]),
        upsertContact: async (location, contact) => {
          const reply = await api.lane("urgent").upsertContact(location, contact);
          if (reply.outcome === "done") return reply.value.id;
          throw new InvalidInput("The CRM did not take the contact.", "unavailable");
        },
      });
      await messageLinkRoutes(app, signals.messages);
      await siteRoutes(app, {
        ...signals.site,
        ...{ intake, clock, facts },
        vocabulary: () => vocabularyOf(folder.last().content ?? { events: {} }),
      });
      sessionRoutes(app, {
        sessions,
        sessionOfKey: (key) => orNobody(access.authorize(`Bearer ${key}`)),
        teams: async (session) =>
          installations
            .list()
            .filter(({ location }) => session.locations === "*" || session.locations.includes(location))
            .map(({ location, name }) => ({ id: location, name: name ?? location })),
        ...(simulated ? { simulated: { speed: TOWN_SPEED } } : {}),
      });
      const who = openWho(doors);
      oauthRoutes(app, { ...accounts.installs, authorize: who });
      connectionRoutes(app, { ...accounts.connections, who, authorize: asker });
      insightRoutes(app, {
        reader,
        authorize: asker,
        mark: (location, topic) => hub.mark(location, topic),
        ...openCommands({ database, clock, mailed: tell }),
      });
      backtestRoutes(app, { database, clock, authorize: asker, place });
      const control = openRunControl({ database, clock, publications, mailed: tell });
      const enroller = openEnroller({ database, clock, scenes, mailed: tell });
      const installed = installations.knows;
      const crmDoors = { database, clock, facts, scenes, enroller, introduce, installations, catalogs, mailed: tell };
      marketplaceRoutes(app, openCrmDoors({ ...crmDoors, targets: telling.targets, authorize: asker }));
      teamSiteRoutes(app, {
        ...{ installed, url: config.url, authorize: asker, changed: installations.changed },
        merging: { database, clock, mailed: tell },
        sites: openSites({ database, clock }),
      });
      runRoutes(app, { control, enroller, authorize: asker, installed, database, clock, publications });
      const { imports } = reconciling;
      importRoutes(app, {
        ...{ database, clock: real, authorize: asker, installed, isSimulated: isTown, imports },
        takeLeads: (location, rows) =>
          takeLeads({ database, clock: real, api, mailed: tell, signal: ending.signal }, location, rows),
      });
      const rules = openRules({ database, clock, changed: installations.changed });
      explainingRoutes(app, { database, clock, experiments, authorize: asker, installed });
      complianceRoutes(app, { database, clock, authorize: asker, rules, installed, mailed: tell });
      mediaRoutes(app, {
        media,
        isNamed: async (location, name) => {
          const published = await database.transaction([location], (sql) => publications.live(sql, location));
          return Object.values(published?.templates ?? {}).some(({ email }) => email?.attach?.includes(name) === true);
        },
      });
      noticeRoutes(app, { database, clock, authorize: asker, names: reader.names });
      modelRoutes(app, {
        ...learning,
        mark: (location) => hub.mark(location, "models"),
        authorize: (request, location, least) => admit({ authorize: asker, installed }, request, location, least),
      });
      experimentRoutes(app, { experiments, authorize: asker });
      const pages = fileURLToPath(new URL("./dashboard", import.meta.url));
      if (existsSync(pages)) await dashboardRoutes(app, { dir: pages });
      hub.attach(app.server);
    }

    await listenAt(app, config);
    const url = listeningAt(app, config);

    // Housekeeping.
    if (worker !== undefined) {
      const jobs = { database, clock, publications, locations, mailed: tell };
      stops.push(every(JOBS_MS, facts, "jobs", () => workJobs(jobs)));
      // a town lives faster than its CRM's stamps say, and loses no webhooks
      stops.push(reconciling.follow(() => locations().filter((location) => !isTown(location))));
      stops.push(every(SECOND, facts, "accounts", () => accounts.work()));
      const learnTogether = async () => {
        await learning.rounds.train(locations());
        await learning.rounds.watch(locations());
      };
      stops.push(every(simulated ? MINUTE : HOUR, facts, "training", learnTogether));
      stops.push(() => learning.close()); // stops run in reverse: a round under way is ended before it is waited for
      stops.push(every(30 * SECOND, facts, "experiments", () => experiments.look(locations())));
      const learn = openSweeper({ database, clock, publications, page: LEARNING / 12, woken: (at) => tell(at) });
      const learnAll = async () => {
        for (const location of locations()) await learn(location);
      };
      stops.push(every(5 * SECOND, facts, "learn", learnAll));
      stops.push(every(SECOND, facts, "fold", () => database.transaction("*", foldDeltas)));
      const askStatus = openStatus(api.lane("bulk"));
      const askAll = async () => {
        const due = await database.transaction("*", (sql) => locationsAwaiting(sql, real.real()));
        for (const location of due) {
          if ((await askAwaited({ database, clock, status: askStatus }, location)) > 0) tell(location);
        }
      };
      stops.push(every(15 * SECOND, facts, "receipts", askAll));
      stops.push(every(5 * SECOND, facts, "statistics", () => tendStatistics(database)));
      stops.push(every(10 * MINUTE, facts, "retention", () => sweep(database, clock.now())));
      stops.push(every(simulated ? MINUTE : HOUR, facts, "catalog", () => syncAll(catalogs, accounts, locations())));
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
        file: whereabouts.file,
        realStart: origin - (real.real() - Date.now()),
      });
      townSignatures = openSignatures({ pem: town.webhookPublicKeyPem });
      stops.push(() => town.close());
    }
    // the CRM is away: told, and asked again later
    await syncAll(catalogs, accounts, locations()).catch((error) =>
      facts.emit("loop_failed", { loop: "catalog", reason: String(error) }),
    );
    const link = sessions.link({ id: "start", name: "Owner", role: "owner", locations: "*" });
    log.info({ url, simulated, embedded: premises.embedded }, "latchkey_started");
    return { url, link: `${url}/?key=${link}`, simulated, close: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function syncAll(catalogs: Catalogs, accounts: Accounts, locations: readonly string[]): Promise<void> {
  for (const location of locations) {
    await catalogs.sync(location);
    if (!isTown(location)) await accounts.look(location);
  }
}

/** Whether the environment says more of its location than we know: a token, or a location that we do not work for. */
const isNews = ({ highlevel: { location, token } }: Config, installations: Installations): boolean =>
  location !== undefined && (token !== undefined || !installations.has(location));

/** What has come in is answered first; whoever has not finished by then is cut off. */
async function closeAnswered(app: FastifyInstance): Promise<void> {
  const quiet = setInterval(() => app.server.closeIdleConnections(), 50);
  const late = setTimeout(() => app.server.closeAllConnections(), 3 * SECOND);
  await app.close();
  clearInterval(quiet);
  clearTimeout(late);
}

function portOf(app: FastifyInstance): number {
  const address = app.server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** The public address; where the port was left to the system, the one it gave. */
const listeningAt = (app: FastifyInstance, config: Config): string =>
  config.port === 0 ? config.url.replace(/:0$/, `:${portOf(app)}`) : config.url;
