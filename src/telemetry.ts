// Subscribers to facts: the log for people, the metrics for machines. Neither a lead's address nor a text is in a fact.

import type { FastifyInstance } from "fastify";
import { type DestinationStream, pino } from "pino";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { openBursts } from "./kernel/bursts.ts";
import type { FactMap, FactName, Facts } from "./kernel/facts.ts";

type Level = "info" | "warn" | "error";

/** What an operator wants to see without asking; the rest is counted. */
const TOLD: Partial<Record<FactName, Level>> = {
  workflows_loaded: "info",
  lead_failed: "error",
  loop_failed: "error",
  training_ended: "info",
  model_drifted: "warn",
  model_refused: "error",
  reading_failed: "warn",
  database_lost: "error",
  request_failed: "error",
  configuration_warned: "warn",
};

/** @returns undefined for what is only counted */
export function levelOf(name: FactName, fact: FactMap[FactName]): Level | undefined {
  // the last good version goes on, and somebody has to mend the files all the same
  if (name === "workflows_loaded" && "errors" in fact && fact.errors > 0) return "warn";
  return TOLD[name];
}

export interface Telemetry {
  readonly log: { info(fact: object, name: string): void };
  /** Prometheus text. */
  metrics(): Promise<string>;
}

/**
 * @param live how many sockets are open, asked when metrics are read
 * @param out where the log goes; absent: standard output
 */
export function openTelemetry(facts: Facts, live: () => number, out?: DestinationStream): Telemetry {
  const level = (label: string) => ({ level: label });
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level } };
  const log = out === undefined ? pino(options) : pino(options, out);
  const failing = openBursts<FactMap["loop_failed"]>(
    (fact, times) => log.error(times === undefined ? fact : { ...fact, times }, "loop_failed"),
    (work, ms) => void setTimeout(work, ms).unref(),
  );
  facts.onAny((name, fact) => {
    const level = levelOf(name, fact);
    if (level !== undefined && name !== "loop_failed") log[level](fact, name);
  });
  facts.on("loop_failed", (fact) => failing.say(`${fact.loop} ${fact.reason}`, fact));

  const register = new Registry();
  collectDefaultMetrics({ register, prefix: "latchkey_" });
  const registers = [register];
  const webhooks = new Counter({
    name: "latchkey_webhooks_total",
    help: "Webhooks accepted",
    labelNames: ["duplicate"],
    registers,
  });
  const refused = new Counter({
    name: "latchkey_webhooks_refused_total",
    help: "Webhooks refused",
    labelNames: ["code"],
    registers,
  });
  const foreign = new Counter({
    name: "latchkey_webhooks_not_installed_total",
    help: "Valid webhooks of locations that are not installed",
    registers,
  });
  const events = new Counter({ name: "latchkey_events_total", help: "Events ingested by the API", registers });
  const discounted = new Counter({
    name: "latchkey_track_discounted_total",
    help: "Events of the site tracker that robots sent",
    registers,
  });
  const turns = new Counter({ name: "latchkey_turns_total", help: "Turns saved", registers });
  const batch = new Histogram({
    name: "latchkey_turn_batch_seconds",
    help: "A batch of turns, claim to commit",
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });
  const failures = new Counter({
    name: "latchkey_turn_failures_total",
    help: "Turns that failed",
    labelNames: ["parked"],
    registers,
  });
  const sent = new Counter({
    name: "latchkey_messages_total",
    help: "Attempts to send, by outcome",
    labelNames: ["channel", "outcome"],
    registers,
  });
  const lookups = new Counter({
    name: "latchkey_lookups_total",
    help: "Look-ups of unconfirmed messages",
    labelNames: ["outcome"],
    registers,
  });
  const found = new Counter({
    name: "latchkey_reconciled_total",
    help: "Facts that polling found before a webhook told them",
    labelNames: ["kind"],
    registers,
  });
  const missed = new Counter({
    name: "latchkey_webhooks_missed_total",
    help: "Facts that polling found and no webhook had told in time",
    labelNames: ["kind"],
    registers,
  });
  const faults = new Counter({
    name: "latchkey_provider_faults_total",
    help: "Answers of the CRM that are faults, and answers that did not come",
    labelNames: ["kind"],
    registers,
  });
  const breakers = new Counter({
    name: "latchkey_breaker_changes_total",
    help: "Circuit breakers opening, trying again and closing, of all locations",
    labelNames: ["dependency", "state"],
    registers,
  });
  new Gauge({
    name: "latchkey_live_viewers",
    help: "Open dashboards",
    registers,
    collect() {
      this.set(live());
    },
  });

  facts.on("webhook_accepted", ({ duplicate }) => webhooks.inc({ duplicate: String(duplicate) }));
  facts.on("webhook_refused", ({ code }) => refused.inc({ code }));
  facts.on("webhook_not_installed", () => foreign.inc());
  facts.on("events_ingested", ({ count }) => events.inc(count));
  facts.on("track_discounted", ({ count }) => discounted.inc(count));
  facts.on("turn_saved", ({ leads, turn_ms }) => {
    turns.inc(leads);
    batch.observe(turn_ms / 1000);
  });
  facts.on("lead_failed", ({ parked }) => failures.inc({ parked: String(parked) }));
  facts.on("message_sent", ({ channel, outcome }) => sent.inc({ channel, outcome }));
  facts.on("provider_failed", ({ kind }) => faults.inc({ kind }));
  facts.on("breaker_changed", ({ dependency, state }) => breakers.inc({ dependency, state }));
  facts.on("lookup_done", ({ outcome }) => lookups.inc({ outcome }));
  facts.on("reading_done", (done) => {
    found.inc({ kind: done.kind }, done.found);
    missed.inc({ kind: done.kind }, done.missed);
  });
  return { log, metrics: () => register.metrics() };
}

/** For whoever watches the process: it lives, it can serve, and its figures. */
export function healthRoutes(
  app: FastifyInstance,
  { ready, metrics }: { readonly ready: () => Promise<unknown>; readonly metrics: Telemetry["metrics"] },
): void {
  app.get("/healthz", () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    const able = await ready().then(
      () => true,
      () => false,
    );
    return reply.code(able ? 200 : 503).send({ status: able ? "ready" : "unavailable" });
  });
  app.get("/metrics", async (_request, reply) => reply.type("text/plain; version=0.0.4").send(await metrics()));
}
