// Read it once and you know the system: what there is, who is given what, and in which order it stops.

import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import fastifyCors from "@fastify/cors";
import Fastify, { type FastifyInstance } from "fastify";
import { keepSecret } from "./app/another-secret.ts";
import { openCrm } from "./app/crm.ts";
import { openTelling } from "./app/crm-workflows.ts";
import { openDoors } from "./app/doors.ts";
import { openFinished } from "./app/finished.ts";
import { findStrangers } from "./app/introductions.ts";
import { openLearning } from "./app/learning.ts";
import { startLoops } from "./app/loops.ts";
import { openMayWrite } from "./app/may-write.ts";
import { holdOlderCopy } from "./app/older-copy.ts";
import { listenAt } from "./app/places-taken.ts";
import { openPremises } from "./app/premises.ts";
import { openReconciling } from "./app/reconciling.ts";
import { openRunControl } from "./app/run-control.ts";
import { openScoredLeads } from "./app/scored-leads.ts";
import { openSending } from "./app/sending.ts";
import { openSignals } from "./app/signals.ts";
import { openStops } from "./app/stops.ts";
import { openSurroundings } from "./app/surroundings.ts";
import { openTeams } from "./app/teams.ts";
import { isTown, TOWN_SPEED } from "./app/town.ts";
import { openWeb } from "./app/web.ts";
import type { Config } from "./config.ts";
import { openHints, openMark } from "./database/index.ts";
import { APP_LOCATION } from "./events/index.ts";
import { frozenExperiments, openExperiments } from "./experiments/index.ts";
import { openIntake, openVisitors } from "./ingest/index.ts";
import { noteHeard, openFailingLoops, openReader } from "./insights/index.ts";
import { Unavailable } from "./kernel/errors.ts";
import { openFacts } from "./kernel/facts.ts";
import { newId } from "./kernel/ids.ts";
import { answerProblems } from "./kernel/problem.ts";
import { SECOND } from "./kernel/time.ts";
import { findLeads } from "./leads/index.ts";
import { openHub } from "./live/index.ts";
import { openMedia, openRenderer, openUnclear, receiveReceipts } from "./outreach/index.ts";
import { healthRoutes, openTelemetry } from "./telemetry.ts";
import { deriveKey, insertAudit, orNobody } from "./tenancy/index.ts";
import {
  decideTurn,
  isAlive,
  openPlaces,
  openScenes,
  startTurns,
  type TurnWorker,
  watchProcesses,
} from "./turns/index.ts";
import { isFault, NO_FOLDER, openFolder, openPublications } from "./workflows/index.ts";

/** Shared by the lanes of turns, the sender, intake and the pages (see PostgresOptions). */
const CONNECTIONS = 12;
const TURN_LANES = 2;
/** How long a start waits for what the CRM calls things. */
const FIRST_LOOK = 3 * SECOND;

export interface Latchkey {
  readonly url: string;
  /** Opens the dashboard, signed in, once: printed where the CRM is simulated. */
  readonly link: string;
  readonly simulated: boolean;
  /** @param signal that asked for it: the log says so, and what was finished on the way */
  close(signal?: string): Promise<void>;
}

export async function start(config: Config): Promise<Latchkey> {
  const facts = openFacts();
  const stops = openStops();
  let viewers = () => 0;
  const failing = openFailingLoops(facts, Date.now);
  const { log, metrics } = openTelemetry(facts, () => viewers());

  try {
    // The database, its clock and the secret; whom we work for; the CRM.
    const premises = await openPremises(config, {
      facts,
      applicationName: "latchkey",
      connections: CONNECTIONS,
      as: "host",
    });
    stops.add(() => premises.close());
    const { database, clock: real, secret } = premises;
    const hints = openHints({ url: premises.databaseUrl });
    stops.add(() => hints.close());
    const teams = await openTeams({ config, premises, hints, stops });
    const { clock, installations, locations, town } = teams;
    const simulated = town !== undefined;
    const crm = await openCrm({ config, premises, teams, facts, stops, arrived: () => folder.refresh() });
    const { api, catalogs } = crm;

    let worker: TurnWorker | undefined;
    /** A location has mail: our own worker hears it at once, other processes by a coalesced notification. */
    const mailed = (location: string) => {
      if (location === APP_LOCATION) return; // its mail is read by the accounts, who look each second
      worker?.hint([location]);
      hints.notify("latchkey_mail", location);
    };

    // What decides: workflows, models, and all else that is true of a location.
    const folder =
      config.workflowsFolder === ""
        ? NO_FOLDER
        : await openFolder({
            ...{ dir: config.workflowsFolder, database, clock, facts },
            locations: async () => locations(),
            around: openSurroundings(installations, catalogs),
            refuses: frozenExperiments,
          });
    stops.add(() => folder.close());
    const publications = openPublications();
    if (!simulated) {
      if (locations().length > 0) await keepSecret(premises, config);
      const mark = await openMark({ database, clock: real, folder: config.dataFolder, facts });
      const control = openRunControl({ database, clock, publications, mailed });
      const here = { locations: locations(), now: real.real(), url: config.url };
      await holdOlderCopy({ mark, database, control, facts, ...here });
      stops.add(await mark.keep());
    }
    const addressKey = deriveKey(secret, "address");
    // whoever fetches an attachment comes from outside; a town does not
    const reachable = config.url.startsWith("https:") || simulated;
    const media = openMedia({ dir: config.workflowsFolder, url: reachable ? config.url : undefined });
    const place = openPlaces(installations, catalogs);
    const signals = openSignals({
      ...{ database, clock, installations, secret, addressKey, simulated, url: config.url, mailed },
    });
    const learning = openLearning({
      ...{ database, databaseUrl: premises.databaseUrl, clock, facts, locations },
      changed: (location) => hints.notify("latchkey_models", location),
    });
    stops.add(() => learning.close());
    hints.listen("latchkey_models", (location) => learning.live.hint(location));
    const scenes = openScenes({
      ...{ publications, place, addressKey, renderer: openRenderer(), foot: true },
      scorers: learning.live.of,
      signer: signals.signer,
      media: (location, name) => media.url(location, name),
    });

    // What leaves, and what is read of the CRM.
    const telling = openTelling({
      ...{ database, clock: real, apiUrl: crm.url, token: crm.token },
      ...{ triggerTargets: config.highlevel.triggerTargets, webhookNetworks: config.webhookNetworks },
    });
    const strangers = findStrangers({
      ...{ api: api.lane("urgent"), database, clock, facts, keyless: crm.keyless, mailed },
    });
    const sending = { config, premises, teams, crm, facts, addressKey, scenes, telling, strangers, mailed };
    const sender = openSending(sending);
    const reconciling = openReconciling({
      ...{ database, clock: real, facts, api, installations, receiveReceipts, mailed },
      ...{ isRead: true, keyless: crm.keyless },
    });

    // What is shown, and who may see it.
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
    const doors = openDoors({ config, premises, teams });
    const hub = openHub({
      source: { ...reader, models: learning.models.news },
      clock,
      overlap: simulated ? 5 * SECOND * TOWN_SPEED : 5 * SECOND,
      authenticate: (request, location) => orNobody(doors.asker(request, location)),
      authenticateToken: (token, location) =>
        orNobody(doors.asker({ headers: { authorization: `Bearer ${token}` } }, location)),
      onlyLocation: async () => (locations().length === 1 ? locations()[0] : undefined),
      failed: (reason) => facts.emit("loop_failed", { loop: "live", reason: String(reason) }),
    });
    viewers = () => hub.viewers();

    // Turns.
    const self = { worker: newId(real.real()), host: hostname(), pid: process.pid };
    if (config.roles.has("worker")) {
      const turns = startTurns(
        {
          ...{ database, clock, facts, process: self, scenes, decide: decideTurn },
          introduce: strangers.strangers,
          saved: (location, outcomes) => {
            const leads = outcomes.map(({ record }) => record.lead);
            hub.hint(location, leads);
            hints.notify("latchkey_saved", `${location} ${leads.slice(0, 40).join(" ")}`);
            if (outcomes.some(({ queued, moved }) => queued.length + moved.length > 0)) sender.wake(location);
          },
        },
        { lanes: TURN_LANES },
      );
      worker = turns;
      stops.add(() => turns.close());
      stops.add(await watchProcesses({ database, clock: real, facts, process: self, worker: turns, alive: isAlive }));
    }
    stops.add(() => sender.close());
    hints.listen("latchkey_mail", (location) => (location === "" ? undefined : worker?.hint([location])));
    hints.listen("latchkey_saved", (payload) => {
      const [location, ...leads] = payload.split(" ");
      if (location) hub.hint(location, leads);
    });
    const experiments = openExperiments({
      ...{ database, clock, audit: insertAudit, mailed },
      declared: async (sql, location) => (await publications.live(sql, location))?.experiments ?? {},
    });

    // HTTP.
    const intake = openIntake({
      ...{ database, clock, facts, resolveLeads: findLeads, heard: noteHeard, visitors: openVisitors({ clock }) },
      receiveReceipts: (sql, location, receipts) => receiveReceipts(sql, location, receipts, addressKey),
      hint: (found) => {
        for (const location of found) mailed(location);
      },
    });
    stops.add(() => intake.close());
    const app = Fastify({ logger: false, bodyLimit: 1_048_576, return503OnClosing: false });
    stops.add(() => closeAnswered(app));
    const ending = new AbortController();
    stops.add(() => ending.abort(new Unavailable("Latchkey is ending. Send the rest again.")));
    stops.add(() => hub.close());
    const finished = openFinished(facts, app);
    answerProblems(app, facts);
    await app.register(fastifyCors, { origin: false });
    healthRoutes(app, { ready: () => database.ping(), metrics });
    if (config.roles.has("web")) {
      await openWeb(app, {
        ...{ config, premises, teams, crm, facts, folder, publications, place, scenes, media, signals, telling },
        ...{ learning, experiments, reconciling, strangers, intake, reader, doors, hub, mailed },
        ending: ending.signal,
      });
    }
    await listenAt(app, config);
    const url = listeningAt(app, config);

    // Housekeeping, and the town if there is one.
    if (worker !== undefined)
      startLoops({ premises, teams, crm, facts, publications, reconciling, learning, experiments, mailed, stops });
    if (town !== undefined) {
      const { webhookPublicKeyPem, close } = await town.open(`http://127.0.0.1:${portOf(app)}`);
      crm.trust(webhookPublicKeyPem);
      stops.add(close);
    }
    // the CRM is away, or slow: told, and asked again later
    const looked = crm.look().catch((error) => facts.emit("loop_failed", { loop: "catalog", reason: String(error) }));
    await Promise.race([looked, pause(FIRST_LOOK, undefined, { ref: false })]);
    for (const location of locations()) {
      const missing = crm.keyless(location);
      const warning = `Location ${location}: ${missing}. Until then nothing is read from the CRM, and nothing is sent.`;
      if (missing !== undefined) facts.emit("configuration_warned", { warning });
    }
    const link = doors.sessions.link({ id: "start", name: "Owner", role: "owner", locations: "*" });
    log.info({ url, simulated, embedded: premises.embedded }, "latchkey_started");
    const close = async (signal?: string) => {
      if (signal === undefined) return stops.close();
      const since = real.elapsed();
      finished.begin();
      log.info({ signal }, "latchkey_ending");
      await stops.close();
      log.info({ signal, ...finished.read(), took_ms: Math.round(real.elapsed() - since) }, "latchkey_ended");
    };
    return { url, link: `${url}/?key=${link}`, simulated, close };
  } catch (error) {
    await stops.close();
    throw error;
  }
}

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
