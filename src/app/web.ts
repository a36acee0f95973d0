// All that Latchkey answers over HTTP but its health: which rooms' routes there are, and what each is given.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import type { Config } from "../config.ts";
import { type Experiments, experimentRoutes } from "../experiments/index.ts";
import { readWebhook } from "../highlevel/index.ts";
import { type Intake, ingestRoutes, messageLinkRoutes, siteRoutes } from "../ingest/index.ts";
import { dashboardRoutes, insightRoutes, type Reader } from "../insights/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import type { Facts } from "../kernel/facts.ts";
import { findLeads } from "../leads/index.ts";
import type { Hub } from "../live/index.ts";
import { marketplaceRoutes } from "../marketplace/index.ts";
import { isAttached, type Media, mediaRoutes, noticeRoutes } from "../outreach/index.ts";
import { modelRoutes } from "../scoring/index.ts";
import {
  atOurs,
  connectionRoutes,
  deriveKey,
  oauthRoutes,
  openRules,
  openSites,
  sessionRoutes,
} from "../tenancy/index.ts";
import { backtestRoutes } from "../timetravel/index.ts";
import { type Place, type Scenes, vocabularyOf } from "../turns/index.ts";
import type { Folder, Publications } from "../workflows/index.ts";
import { openCommands } from "./commands.ts";
import { complianceRoutes } from "./compliance-routes.ts";
import type { Crm } from "./crm.ts";
import { openCrmDoors, type Telling } from "./crm-workflows.ts";
import type { Doors } from "./doors.ts";
import { openEnroller } from "./enrolling.ts";
import { explainingRoutes } from "./explaining-routes.ts";
import { importRoutes } from "./import-routes.ts";
import type { Strangers } from "./introductions.ts";
import { takeLeads } from "./leads-in.ts";
import type { Learning } from "./learning.ts";
import { openLifting } from "./lifting.ts";
import type { Premises } from "./premises.ts";
import type { Reconciling } from "./reconciling.ts";
import { openRunControl } from "./run-control.ts";
import { openRunList } from "./run-list.ts";
import { runRoutes } from "./run-routes.ts";
import type { Signals } from "./signals.ts";
import { teamSiteRoutes } from "./site-routes.ts";
import type { Teams } from "./teams.ts";
import { isTown, TOWN_SPEED } from "./town.ts";

interface Needs {
  readonly config: Config;
  readonly premises: Premises;
  readonly teams: Teams;
  readonly crm: Crm;
  readonly facts: Facts;
  readonly folder: Folder;
  readonly publications: Publications;
  readonly place: (location: string) => Place;
  readonly scenes: Scenes;
  readonly media: Media;
  readonly signals: Signals;
  readonly telling: Telling;
  readonly learning: Learning;
  readonly experiments: Experiments;
  readonly reconciling: Reconciling;
  readonly strangers: Strangers;
  readonly intake: Intake;
  readonly reader: Reader;
  readonly doors: Doors;
  readonly hub: Hub;
  readonly mailed: (location: string) => void;
  /** Aborted when we end. */
  readonly ending: AbortSignal;
}

export async function openWeb(app: FastifyInstance, needs: Needs): Promise<void> {
  const { config, crm, facts, folder, publications, place, scenes, learning, experiments, reader, hub, mailed } = needs;
  const { database, clock: real } = needs.premises;
  const { clock, installations, locations, town } = needs.teams;
  const { accounts, api, catalogs } = crm;
  const { sessions, ofKey, authorize: authorizeHeader, asker: authorize, who } = needs.doors;
  const installed = installations.knows;
  const ours = atOurs(authorize, installed);
  const vocabulary = () => vocabularyOf(folder.last().content ?? { events: {} });

  // What comes in.
  await ingestRoutes(app, {
    ...{ intake: needs.intake, clock, facts, verify: crm.verify, readWebhook, installed, locations, vocabulary },
    told: (location, type) => {
      if (type === "LocationUpdate") accounts.look(location).catch(() => undefined); // the hourly round looks again
    },
    workflowSecret: (location) => installations.workflowSecret(location),
    authorize: authorizeHeader,
    findLead: (location, reference) =>
      database.transaction([location], async (sql) => (await findLeads(sql, location, [reference]))[0]),
    upsertContact: async (location, contact) => {
      const reply = await api.lane("urgent").upsertContact(location, contact);
      if (reply.outcome === "done") return reply.value.id;
      throw new InvalidInput("The CRM did not take the contact.", "unavailable");
    },
  });
  await messageLinkRoutes(app, needs.signals.messages);
  await siteRoutes(app, { ...needs.signals.site, ...{ intake: needs.intake, clock, facts, vocabulary } });

  // Who asks, and what is connected.
  sessionRoutes(app, {
    sessions,
    sessionOfKey: ofKey,
    teams: async (session) =>
      installations
        .list()
        .filter(({ location }) => session.locations === "*" || session.locations.includes(location))
        .map(({ location, name, timeZone }) => ({ id: location, name: name ?? location, zone: timeZone })),
    ...(town === undefined ? {} : { simulated: { speed: TOWN_SPEED } }),
  });
  await oauthRoutes(app, { ...accounts.installs, authorize: who });
  connectionRoutes(app, { ...accounts.connections, who, authorize });

  // What is asked of a location.
  const mark = (location: string, topic: string) => hub.mark(location, topic);
  const addressKey = deriveKey(needs.premises.secret, "address");
  const { lift } = openLifting({ database, clock, mailed, addressKey });
  const runs = openRunList(reader);
  insightRoutes(app, { reader, runs, authorize, mark, ...openCommands({ database, clock, addressKey, mailed }), lift });
  backtestRoutes(app, { database, clock, authorize, place });
  const enroller = openEnroller({ database, clock, scenes, mailed });
  const { introduce } = needs.strangers;
  const crmDoors = { database, clock, facts, scenes, enroller, introduce, installations, catalogs, mailed };
  marketplaceRoutes(app, openCrmDoors({ ...crmDoors, targets: needs.telling.targets, authorize }));
  teamSiteRoutes(app, {
    ...{ url: config.url, authorize: ours, changed: installations.changed },
    merging: { database, clock, mailed },
    sites: openSites({ database, clock }),
  });
  const control = openRunControl({ database, clock, publications, mailed });
  runRoutes(app, { control, enroller, authorize: ours, database, clock, publications });
  importRoutes(app, {
    ...{ database, clock: real, authorize: ours, isSimulated: isTown, imports: needs.reconciling.imports },
    takeLeads: (location, rows) =>
      takeLeads({ database, clock: real, api, mailed, signal: needs.ending }, location, rows),
  });
  explainingRoutes(app, { database, clock, experiments, publications, authorize: ours });
  const rules = openRules({ database, clock, changed: installations.changed });
  const settings = (location: string) =>
    database.transaction([location], async (sql) => (await publications.live(sql, location))?.settings);
  complianceRoutes(app, { database, clock, authorize: ours, rules, settings, mailed });
  mediaRoutes(app, {
    media: needs.media,
    isNamed: async (location, name) => {
      const published = await database.transaction([location], (sql) => publications.live(sql, location));
      return isAttached(published?.templates ?? {}, name);
    },
  });
  noticeRoutes(app, { database, clock, authorize, names: reader.names });
  modelRoutes(app, { ...learning, mark: (location) => hub.mark(location, "models"), authorize: ours });
  experimentRoutes(app, { experiments, authorize });

  const pages = fileURLToPath(new URL("./dashboard", import.meta.url));
  if (existsSync(pages)) await dashboardRoutes(app, { dir: pages });
  hub.attach(app.server);
}
