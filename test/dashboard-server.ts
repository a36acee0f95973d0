// The pages over a test database: routes, hub and sessions wired as main.ts wires them, without the rooms that decide.

import fastify from "fastify";
import { complianceRoutes } from "../src/app/compliance-routes.ts";
import { explainingRoutes } from "../src/app/explaining-routes.ts";
import { openLearning, tellTeam } from "../src/app/learning.ts";
import { openRunControl } from "../src/app/run-control.ts";
import { runRoutes } from "../src/app/run-routes.ts";
import {
  type ChannelRight,
  dashboardRoutes,
  type FilesView,
  insightRoutes,
  openReader,
} from "../src/insights/index.ts";
import { InvalidInput } from "../src/kernel/errors.ts";
import { openFacts } from "../src/kernel/facts.ts";
import { answerProblems } from "../src/kernel/problem.ts";
import type { Database } from "../src/kernel/sql.ts";
import { HOUR } from "../src/kernel/time.ts";
import { type Hub, openHub } from "../src/live/index.ts";
import { noticeRoutes, openUnclear } from "../src/outreach/index.ts";
import { modelRoutes, openTrainer, threadOf } from "../src/scoring/index.ts";
import {
  type Connection,
  connectionRoutes,
  insertAudit,
  openAsker,
  openRules,
  openSessions,
  openWho,
  orNobody,
  type Session,
  sessionRoutes,
} from "../src/tenancy/index.ts";
import { openPublications } from "../src/workflows/index.ts";
import { LOCATION, ZONE } from "./seed.ts";

export interface DashboardServer {
  readonly url: string;
  readonly hub: Hub;
  /** An address that signs in, once; an owner, where nothing else is said. */
  link(role?: Session["role"]): string;
  /** Cuts every viewer's connection, as a network does. */
  cut(): void;
  readonly retried: string[];
  readonly settled: string[];
  readonly judged: string[];
  /** What the folder of workflows says, of which there is none here. */
  files: FilesView;
  /** What the rules say of any lead now: nothing, unless a test says it. */
  rights: readonly ChannelRight[];
  close(): Promise<void>;
}

const TRAINING = new URL("../dist/training.js", import.meta.url);

/** With which the test finds addresses. */
export const ADDRESS_KEY = "a key of the test";

const OWNER: Session = { id: "key:test", name: "Ana Ruiz", role: "owner", locations: [LOCATION] };

const soon = new Date(Date.now() + 20 * 3_600_000).toISOString();
const CONNECTIONS: readonly Connection[] = [
  {
    ...{ location: LOCATION, name: "Brightwater Homes", status: "connected", through: "app", missingScopes: [] },
    ...{ since: "2026-03-01T12:00:00Z", timeZone: "America/Chicago", expiresAt: soon, renewsAt: soon },
  },
  {
    ...{
      location: "other",
      name: "Northgate Team",
      status: "reconnect",
      why: "lost",
      missingScopes: ["contacts.write"],
    },
    ...{ since: "2026-03-01T12:00:00Z", timeZone: "America/Denver" },
  },
];

export async function startDashboard(
  database: Database,
  {
    dir,
    databaseUrl,
    port = 0,
    secret = "a secret of the test",
  }: { dir: string; databaseUrl: string; port?: number; secret?: string },
): Promise<DashboardServer> {
  const app = fastify({ forceCloseConnections: true });
  answerProblems(app);
  const sessions = openSessions({ secret, real: Date.now, secure: false });
  const reader = openReader({
    database,
    now: Date.now,
    diskBytes: async () => 312_000_000,
    unclear: openUnclear(ADDRESS_KEY),
    files: () => server.files,
    mayWrite: async () => server.rights,
  });
  const keys = {
    sessions,
    authorize: async () => {
      throw new InvalidInput("Sign in first.", "unauthorized");
    },
  };
  const asker = openAsker(keys);
  const clock = { now: Date.now, real: Date.now, elapsed: () => performance.now() };
  const needs = { database, clock, facts: openFacts(), locations: () => [LOCATION], changed: () => undefined };
  const learning = openLearning({ ...needs, databaseUrl });
  // the thread's program lies beside the bundle, and not beside the source that asks for it
  const trainer = openTrainer({
    ...{ ...needs, aims: learning.aims.of, audit: insertAudit, tell: tellTeam },
    thread: threadOf(TRAINING, databaseUrl),
  });
  const hub = openHub({
    source: { ...reader, models: learning.models.news },
    clock,
    authenticate: (request, location) => orNobody(asker(request, location)),
    authenticateToken: async () => undefined,
    onlyLocation: async () => LOCATION,
  });
  const retried: string[] = [];
  const settled: string[] = [];
  const judged: string[] = [];
  insightRoutes(app, {
    ...{ reader, runs: reader.runs },
    authorize: asker,
    mark: (location, topic) => hub.mark(location, topic),
    async judge(_location, lead, { family, as, seen }) {
      judged.push(`${lead} ${family} ${as} ${seen}`);
      return true;
    },
    async reopen(_location, lead, family) {
      judged.push(`${lead} ${family} reopen`);
      return true;
    },
    async lift(_location, lead, { family, why, when, evidence }) {
      judged.push(`${lead} ${family} ${why} ${when === undefined ? "now" : new Date(when).toISOString()} ${evidence}`);
      return true;
    },
    async settle(_location, message, as) {
      settled.push(`${message} ${as}`);
      return true;
    },
    async retry(_location, lead) {
      retried.push(lead);
      return true;
    },
  });
  const publications = openPublications();
  const nobody = async () => {
    throw new InvalidInput("Nobody is enrolled here.", "forbidden");
  };
  explainingRoutes(app, {
    ...{ database, clock, authorize: asker },
    experiments: { list: async () => [] },
    publications,
  });
  runRoutes(app, {
    control: openRunControl({ database, clock, publications, mailed: () => undefined }),
    enroller: { enroll: nobody, preview: nobody },
    authorize: asker,
    database,
    clock,
    publications,
  });
  const connected: Connection[] = [...CONNECTIONS];
  connectionRoutes(app, {
    ...{ who: openWho(keys), authorize: asker, app: true },
    list: async () => connected,
    companies: () => [],
    async integrate(location, token) {
      if (token !== "pit-that-opens-it") throw new InvalidInput("The CRM does not open it with this token.");
      const made: Connection = {
        ...{ location, name: "Harbor Street", status: "connected", through: "integration" },
        ...{ since: new Date().toISOString(), timeZone: "America/New_York", missingScopes: [] },
      };
      connected[0] = made;
      return made;
    },
    async disconnect(location) {
      const at = connected.findIndex((one) => one.location === location);
      const ended = { status: "disconnected", why: "disconnected", missingScopes: [] } as const;
      if (at >= 0) connected[at] = { ...(connected[at] as Connection), ...ended };
      return at < 0 ? undefined : { crm: "refused", says: "The CRM did not let us take the app out of the account." };
    },
  });
  noticeRoutes(app, { database, clock, authorize: asker, names: reader.names });
  complianceRoutes(app, {
    ...{ database, clock, authorize: asker, mailed: () => undefined },
    rules: openRules({ database, clock, changed: async () => undefined }),
    settings: async () => ({
      ...{ businessHours: [], holidays: [], teams: {}, highlevelWorkflows: {} },
      ...{ quietHours: { from: 21 * 60, to: 8 * 60 }, caps: [{ channel: "sms", count: 1, window: 20 * HOUR }] },
    }),
  });
  modelRoutes(app, { ...learning, trainer, mark: (location) => hub.mark(location, "models"), authorize: asker });
  sessionRoutes(app, {
    sessions,
    sessionOfKey: async (key) => (key === "lk.test" ? OWNER : undefined),
    teams: async () => [{ id: LOCATION, name: "Brightwater Homes", zone: ZONE }],
    simulated: { speed: 60 },
  });
  await dashboardRoutes(app, { dir });
  hub.attach(app.server);
  const sockets = new Set<import("node:stream").Duplex>();
  app.server.on("upgrade", (_request, socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const url = await app.listen({ port, host: "127.0.0.1" });
  const server: DashboardServer = {
    url,
    files: { diagnostics: [], held: [] },
    rights: [],
    hub,
    link: (role = "owner") => `${url}/today?key=${sessions.link({ ...OWNER, role })}`,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    retried,
    settled,
    judged,
    async close() {
      await trainer.close();
      await hub.close();
      await app.close();
    },
  };
  return server;
}
