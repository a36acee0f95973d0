// Webhooks out: signed with a key of our own over the raw body, retried with the same webhookId until they are
// taken, and lost, doubled, delayed or overtaken on request.

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { Pool } from "undici";
import { bits, u } from "../chance.ts";
import type { SharedClock } from "../clock.ts";
import type { FaultPlan } from "./faults.ts";

export interface Webhooks {
  readonly publicKeyPem: string;
  /** Adds webhookId, timestamp and the app's ids, signs, and delivers in its own time. @returns the webhookId */
  emit(payload: Readonly<Record<string, unknown>>): string;
  /** Delivers a body as it is, signed; for what no honest CRM would send. */
  emitRaw(body: string): void;
  aim(url: string | undefined): void;
  figures(): WebhookFigures;
  /** What was answered with 2xx, in the order of the answers: the receiver may not lose these any more. */
  readonly acknowledged: readonly Acknowledged[];
  close(): Promise<void>;
}

interface WebhookFigures {
  readonly emitted: number;
  readonly delivered: number;
  readonly attempts: number;
  readonly lost: number;
  readonly abandoned: number;
  readonly waiting: number;
}

interface Acknowledged {
  readonly webhookId: string;
  readonly type: string;
  readonly contactId?: string;
  readonly attempts: number;
  /** Real time. */
  readonly at: number;
}

/** Beyond this many only the count goes on. */
const ACKNOWLEDGED_KEPT = 500_000;
const RETRIES = 12;
const LONGEST_PAUSE_MS = 30_000;
const IN_FLIGHT = 64;
const ANSWER_MS = 10_000;

interface Delivery {
  readonly body: Buffer;
  readonly signature: string;
  readonly number: number;
  readonly about: Pick<Acknowledged, "webhookId" | "type" | "contactId">;
  attempt: number;
}

export function openWebhooks({
  clock,
  seed,
  run,
  locationId,
  url,
  retryBaseMs,
  faults,
}: {
  clock: SharedClock;
  seed: number;
  /** Keeps the ids of two processes apart. */
  run: string;
  locationId: string;
  url: string | undefined;
  /** Real milliseconds before the first retry; doubles, up to 30 s, 12 times. */
  retryBaseMs: number;
  faults: () => FaultPlan;
}): Webhooks {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const queue: Delivery[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const acknowledged: Acknowledged[] = [];
  const count = { emitted: 0, delivered: 0, attempts: 0, lost: 0, abandoned: 0 };
  let inFlight = 0;
  let closed = false;
  let target = url === undefined ? undefined : aimed(url);
  let held: Delivery | undefined;

  const later = (ms: number, act: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
  };
  const enqueue = (delivery: Delivery) => {
    queue.push(delivery);
    pump();
  };
  const pump = () => {
    while (!closed && target !== undefined && inFlight < IN_FLIGHT) {
      const next = queue.shift();
      if (next === undefined) return;
      inFlight += 1;
      void attempt(next, target).finally(() => {
        inFlight -= 1;
        pump();
      });
    }
  };
  const attempt = async (delivery: Delivery, at: Target) => {
    delivery.attempt += 1;
    count.attempts += 1;
    if (await post(at, delivery)) {
      count.delivered += 1;
      if (acknowledged.length < ACKNOWLEDGED_KEPT)
        acknowledged.push({ ...delivery.about, attempts: delivery.attempt, at: clock.real() });
    } else if (delivery.attempt > RETRIES) count.abandoned += 1;
    else if (!closed) {
      const jitter = 0.5 + u(seed, delivery.number, "webhook/jitter", delivery.attempt);
      const pause = Math.min(retryBaseMs * 2 ** (delivery.attempt - 1), LONGEST_PAUSE_MS);
      later(pause * jitter, () => enqueue(delivery));
    }
  };
  const dispatch = (body: Buffer, about: Delivery["about"]) => {
    count.emitted += 1;
    const delivery: Delivery = { body, signature: signed(body, privateKey), number: count.emitted, about, attempt: 0 };
    const plan = faults().webhooks;
    const happens = (name: string, chance: number) =>
      chance > 0 && u(seed, delivery.number, `webhook/${name}`) < chance;
    if (happens("lost", plan.lost)) {
      count.lost += 1;
      return;
    }
    if (happens("duplicate", plan.duplicate)) later(200, () => enqueue({ ...delivery, attempt: 0 }));
    if (plan.delay !== undefined && happens("delay", plan.delay.chance)) later(plan.delay.ms, () => enqueue(delivery));
    else if (held === undefined && happens("reorder", plan.reorder)) {
      // waits for the next one to overtake it, at most two seconds
      held = delivery;
      later(2_000, () => release());
    } else {
      enqueue(delivery);
      release();
    }
  };
  const release = () => {
    if (held === undefined) return;
    const delivery = held;
    held = undefined;
    enqueue(delivery);
  };

  return {
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    emit(payload) {
      const webhookId = uuidOf(seed, count.emitted + 1, run);
      const whole = {
        locationId,
        ...payload,
        appId: "simapp",
        versionId: "simapp-1",
        timestamp: payload["timestamp"] ?? new Date(clock.now() + faults().skewMs).toISOString(),
        webhookId: payload["webhookId"] ?? webhookId,
      };
      const contactId = payload["contactId"] ?? payload["id"];
      dispatch(Buffer.from(JSON.stringify(whole)), {
        webhookId: String(whole.webhookId),
        type: String(payload["type"]),
        ...(typeof contactId === "string" ? { contactId } : {}),
      });
      return String(whole.webhookId);
    },
    emitRaw: (body) => dispatch(Buffer.from(body), { webhookId: "", type: "raw" }),
    aim(to) {
      const before = target;
      target = to === undefined ? undefined : aimed(to);
      void before?.pool.close();
      pump();
    },
    acknowledged,
    figures: () => ({ ...count, waiting: queue.length + inFlight + timers.size }),
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      await target?.pool.destroy();
    },
  };
}

interface Target {
  readonly pool: Pool;
  readonly path: string;
}

function aimed(url: string): Target {
  const { origin, pathname, search } = new URL(url);
  const pool = new Pool(origin, { connections: IN_FLIGHT, headersTimeout: ANSWER_MS, bodyTimeout: ANSWER_MS });
  return { pool, path: pathname + search };
}

async function post({ pool, path }: Target, { body, signature }: Delivery): Promise<boolean> {
  try {
    const answer = await pool.request({
      method: "POST",
      path,
      headers: { "content-type": "application/json", "x-ghl-signature": signature },
      body,
    });
    await answer.body.dump();
    return answer.statusCode >= 200 && answer.statusCode < 300;
  } catch {
    return false;
  }
}

const signed = (body: Buffer, key: KeyObject) => sign(null, body, key).toString("base64");

/** A UUID (version 8) of the seed, the process and the webhook's number. */
function uuidOf(seed: number, n: number, run: string): string {
  const word = (i: number) => bits(seed, n, `webhook/id/${run}`, i).toString(16).padStart(8, "0");
  const hex = word(0) + word(1) + word(2) + word(3);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
