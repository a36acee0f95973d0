// `kill -9` of Latchkey at twenty random instants under load, with a provider that sometimes takes a message and drops
// the connection. The provider's own ledger is the judge. CHAOS_SECONDS: how long the load lasts; SEED: replays the load
// and the instants.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { u } from "../simulator/chance.ts";
import { LOOKUPS_MS, SENDING_MS } from "../src/outreach/sending/store.ts";
import { type Findings, isQuiet, judge, lostNow, stillOpen, type Taken } from "./chaos/judge.ts";
import { contactOf, openLoad } from "./chaos/load.ts";
import { openPlace, type Place } from "./chaos/place.ts";
import { build, openProvider, openVictim, type Provider, type Victim } from "./chaos/processes.ts";

const KILLS = 20;
const PER_SECOND = 200;
const SECONDS = Number(process.env["CHAOS_SECONDS"] ?? 140);
const SEED = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
/** Between a lead's answers, s. */
const BREATH = 5;
const REST = 70;
/**
 * The longest way to the end of a run once nobody is killed any more: its first answer was committed by a process that died
 * before it asked, is given up, looked for until it counts as absent, and sent anew; then come the two others. Each of the three
 * may be taken by a provider that drops the connection, and is found by its first look-up. Five minutes are for the machine,
 * which may have much to catch up with: they pass only where something is open.
 */
const QUIET_MS = SENDING_MS + LOOKUPS_MS[2] + (BREATH + REST) * 1_000 + 3 * LOOKUPS_MS[0] + 300_000;

/** Replies have no caps and may go at any hour; a mail has no quiet hours. So the run is the same at any time of day. */
const WORKFLOWS = `
workflow: answer
name: Three answers, waiting 0 s, ${BREATH} s and ${REST} s
enroll: { when: message.received, again: always, if_running: queue }
steps:
  - { id: first, send: first, via: sms, purpose: reply }
  - { id: breath, wait: { for: ${BREATH}s, spread: 0s } }
  - { id: second, send: second, via: sms, purpose: reply }
  - { id: rest, wait: { for: ${REST}s, spread: 0s } }
  - { id: third, send: third, via: sms, purpose: reply }
---
workflow: greet
name: A mail to whoever comes in
enroll: { when: contact.created, again: always }
steps:
  - { id: mail, send: mail, via: email }
---
templates:
  first: { sms: "First answer to number {{ contact.last_name | default: 'none' }}: it is." }
  second: { sms: "Second answer to number {{ contact.last_name | default: 'none' }}: come and see it." }
  third: { sms: "Third answer to number {{ contact.last_name | default: 'none' }}: tomorrow at ten?" }
  mail: { email: { subject: "Welcome, number {{ contact.last_name | default: 'none' }}", body: "Good that you are here, number {{ contact.last_name | default: 'none' }}." } }
`;

const DROPS = {
  drop: 0.02,
  slow: { chance: 0.02, ms: 1_500 },
  // echoes would tell at once what became of a message: without some of them, look-ups have to
  webhooks: { lost: 0.3, duplicate: 0.05, reorder: 0.1, delay: { chance: 0.1, ms: 1_500 } },
};
/** While the load lasts: what was never taken is found absent only after 120 s, and then sent. */
const FAULTS = { ...DROPS, failBefore: 0.005, failAfter: 0.005, throttle: 0.005 };

let place: Place;
let provider: Provider;
let victim: Victim;
let findings: Findings;

beforeAll(async () => {
  process.stdout.write(`chaos: SEED=${SEED}\n`);
  build();
  place = await openPlace();
  const workflows = join(place.folder, "workflows");
  mkdirSync(workflows);
  writeFileSync(join(workflows, "answers.yaml"), WORKFLOWS);
  let draws = 0;
  const random = () => u(SEED, draws++, "chaos");
  const flags = ["--no-town", "--rate-max", "1000000", "--echo", "first", "--seed", String(SEED)];
  provider = await openProvider([...flags, "--faults", JSON.stringify(FAULTS)]);
  findings = await storm({ random, workflows });
}, 900_000);

afterAll(async () => {
  await victim?.stop();
  await provider?.close();
  await place?.close();
}, 60_000);

async function storm({ random, workflows }: { random: () => number; workflows: string }): Promise<Findings> {
  const apiKey = `chaos-${"k".repeat(24)}`;
  const log = join(place.folder, "latchkey.log");
  const keys = join(place.folder, "keys.pem");
  victim = await openVictim(
    {
      ...place.env,
      LATCHKEY_WORKFLOWS: workflows,
      LATCHKEY_API_KEY: apiKey,
      HIGHLEVEL_API_URL: provider.url,
      HIGHLEVEL_LOCATION: provider.location,
      HIGHLEVEL_TOKEN: provider.token,
      HIGHLEVEL_WEBHOOK_KEYS: keys,
    },
    log,
  );
  const lost = new Map<string, boolean>();
  let watching: NodeJS.Timeout | undefined;
  const load = openLoad({
    url: victim.url,
    location: provider.location,
    apiKey,
    seconds: SECONDS,
    perSecond: PER_SECOND,
    random,
  });
  try {
    writeFileSync(keys, `${load.publicKeyPem}\n${provider.publicKeyPem}`);
    victim.start();
    await victim.ready();
    // only now: whoever was in the CRM before the install is no new contact
    for (const [n, id] of load.leads.entries())
      await provider.tell("contacts", { id, contact: contactOf(id, n), webhook: false });
    await provider.tell("target", { webhookUrl: `${victim.url}/webhooks/highlevel` });

    watching = watch(lost);
    const offered = load.offer();
    const early = await killAtRandom(random);
    await offered;
    await provider.tell("faults", DROPS);
    await victim.ready();
    const quietAfter = await untilQuiet(() => load.figures().waiting === 0);
    const { accepted } = await provider.ask<{ accepted: Taken[] }>("ledger");
    const echoed = await provider.ask<{ acknowledged: { webhookId: string }[] }>("webhooks");
    const found = await judge(place, {
      taken: accepted,
      acknowledged: [...load.acknowledged.values()],
      lost,
      echoed: echoed.acknowledged.map(({ webhookId }) => webhookId),
    });
    const { offered: sent, repeated } = load.figures();
    tell({
      ...{ place: place.kind, seed: SEED, kills: KILLS, killed_while_starting: early, leads: load.leads.length },
      ...{ offered: sent, acknowledged: load.acknowledged.size, sent_again: repeated },
      provider_webhooks: echoed.acknowledged.length,
      ...found.figures,
      quiet_after_s: quietAfter === undefined ? "not" : Math.round(quietAfter / 1_000),
    });
    if (quietAfter === undefined)
      for (const { what, times } of await stillOpen(place))
        process.stdout.write(`chaos: still open: ${times} × ${what}\n`);
    const said = readFileSync(log, "utf8")
      .split("\n")
      .filter((line) => line.includes('"level":"error"'));
    for (const [line, times] of tally(said.map(withoutTime))) process.stdout.write(`chaos: ${times} × ${line}\n`);
    return found;
  } finally {
    clearInterval(watching);
    await load.close();
  }
}

/** Kills at the instants drawn and starts again at once. Answers how often it was killed before it was ready. */
async function killAtRandom(random: () => number): Promise<number> {
  const instants = Array.from({ length: KILLS }, () => (0.03 + 0.97 * random()) * SECONDS * 1_000).sort(
    (a, b) => a - b,
  );
  const from = performance.now();
  let early = 0;
  for (const at of instants) {
    await pause(Math.max(0, at - (performance.now() - from)));
    const answer = await fetch(`${victim.url}/readyz`, { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
    if (answer?.status !== 200) early += 1;
    await victim.kill();
    victim.start();
  }
  return early;
}

/** Remembers whose answers are lost, and whether with the process that sent them, while the database can be asked. */
const watch = (lost: Map<string, boolean>) =>
  setInterval(() => {
    lostNow(place).then(
      (rows) => {
        for (const { id, died } of rows) lost.set(id, died || lost.get(id) === true);
      },
      () => undefined, // killed in this instant
    );
  }, 2_000);

/** Answers after how long it was quiet, or undefined when it did not become so. */
async function untilQuiet(delivered: () => boolean): Promise<number | undefined> {
  const from = performance.now();
  while (performance.now() - from < QUIET_MS) {
    await pause(2_000);
    if (delivered() && (await isQuiet(place))) return performance.now() - from;
  }
  return undefined;
}

const tell = (figures: Readonly<Record<string, unknown>>) =>
  process.stdout.write(
    `chaos: ${Object.entries(figures)
      .map(([name, value]) => `${name}=${value}`)
      .join(" ")}\n`,
  );

const withoutTime = (line: string) => line.replace(/"time":"[^"]*",?/, "").slice(0, 300);

function tally(lines: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).slice(0, 20);
}

describe(`Latchkey, killed ${KILLS} times under ${PER_SECOND} webhooks a second`, () => {
  test("has processed every webhook that it acknowledged, once", () => {
    expect(findings.unprocessed).toEqual([]);
  });

  test("counts a webhook that came again only once", () => {
    expect(findings.repeated).toEqual([]);
  });

  test("has sent no lead the same message twice", () => {
    expect(findings.doubled).toEqual([]);
  });

  test("owes no lead a message, except where it shows that it cannot know", () => {
    expect(findings.missing).toEqual([]);
  });

  test("leaves no run, message or mail stuck", () => {
    expect(findings.stuck).toEqual([]);
  });

  test("is done with every lead but those of whom it asks a person", () => {
    expect(findings.late).toEqual([]);
  });

  test("was really tried: answers were lost, looked up, and messages went out all along", () => {
    const { taken, unconfirmed, found } = findings.figures;
    expect(taken).toBeGreaterThan(SECONDS * 10);
    expect(unconfirmed).toBeGreaterThan(0);
    expect(found).toBeGreaterThan(0);
  });
});
