// Which of a lead's messages go when there is not room for all. Pure. By priority: what has not left yet gives its place in
// a full cap to what matters more, and is held anew. What has left, or may have, keeps its place.

import type { Link } from "../../insights/index.ts";
import type { MessageEffect } from "../../workflows/index.ts";
import type { OutboxRow, StoredMessage } from "../message.ts";
import type { OutreachCase, OutreachScene } from "../scene.ts";
import { LANES, laneOf } from "../sending/lane.ts";
import { choose, decide, reconsider, type Settled, settleOn } from "./decide.ts";

/** A row and its text. */
export interface Standing {
  readonly row: OutboxRow;
  readonly message: StoredMessage;
}

/** A new message, or one that waits: both want the same few places. */
export type Claim = { readonly effect: MessageEffect } | Standing;

/**
 * Decides all new and waiting messages of a lead, higher priority first, then older: who goes counts for those behind.
 * Those `standing` are queued and not to be decided; one that gives its place is answered after the one that takes it.
 */
export function arbitrate(
  claims: readonly Claim[],
  standing: readonly Standing[],
  scene: OutreachScene,
  facts: OutreachCase,
): Settled[] {
  let rows = facts.rows;
  let queued = standing;
  const put = ({ row }: Settled) => {
    rows = [...rows.filter(({ id }) => id !== row.id), row];
  };
  return claims
    .toSorted((a, b) => before(a, b, facts))
    .flatMap((claim) => {
      const decideWith = (among: readonly OutboxRow[]): Settled => {
        const now: OutreachCase = { ...facts, rows: among };
        return "effect" in claim ? decide(claim.effect, scene, now) : reconsider(claim.row, claim.message, scene, now);
      };
      const alone = decideWith(rows);
      const giving = places(alone, queued, scene, { ...facts, rows });
      const taker = giving.length === 0 ? alone : decideWith(less(rows, giving));
      // the best channel may be another where there is more room: its places were not asked for
      if (giving.length === 0 || taker.row.state !== "queued" || channelOf(taker) !== channelOf(alone)) {
        put(alone);
        return [alone];
      }
      rows = less(rows, giving);
      queued = queued.filter((one) => !giving.includes(one));
      put(taker);
      const held = giving.map(({ row, message }) => {
        const now: OutreachCase = { ...facts, rows };
        const settled = settleOn(row, message, choose(row, message, row.place, scene, now), now, []);
        put(settled);
        return { ...settled, links: [...settled.links, gave(taker.row)] };
      });
      return [{ ...taker, links: [...taker.links, took(giving)] }, ...held];
    });
}

/** Held by a cap that has room now: it need not wait for the instant that was foreseen. */
export function hasRoomAgain(
  row: OutboxRow,
  message: StoredMessage,
  scene: OutreachScene,
  facts: OutreachCase,
): boolean {
  if (row.kind !== "message" || row.state !== "held") return false;
  const capped = message.decided.some(
    ({ code, channel }) => code === "cap.full" && channel === row.channels[row.place],
  );
  return capped && choose(row, message, row.place, scene, facts).permission === "ok";
}

/**
 * The queued messages of lower priority whose places a held one takes: none, unless it may then go at once; the weakest
 * that do; and only such as must then wait themselves, or more would go than the cap lets through.
 */
function places(
  held: Settled,
  queued: readonly Standing[],
  scene: OutreachScene,
  facts: OutreachCase,
): readonly Standing[] {
  const { row, message } = held;
  if (row.kind !== "message" || row.state !== "held") return [];
  const goes = (without: readonly Standing[]): boolean =>
    choose(row, message, row.place, scene, { ...facts, rows: less(facts.rows, without) }).permission === "ok";
  let weaker = queued.filter((one) => one.row.priority < row.priority).toSorted((a, b) => before(a, b, facts));
  while (goes(weaker)) {
    let giving = weaker;
    for (const one of weaker) {
      const fewer = giving.filter((other) => other !== one);
      if (goes(fewer)) giving = fewer;
    }
    const rows = [...less(facts.rows, [...giving, held]), { ...row, state: "queued" as const }];
    const waits = giving.filter((one) => {
      const choice = choose(one.row, one.message, one.row.place, scene, { ...facts, rows });
      return typeof choice.permission === "object" && choice.place === one.row.place;
    });
    if (waits.length === giving.length) return giving;
    weaker = weaker.filter((one) => !giving.includes(one) || waits.includes(one));
  }
  return [];
}

const channelOf = ({ row }: Settled) => row.channels[row.place];

const less = (rows: readonly OutboxRow[], without: readonly { readonly row: OutboxRow }[]): OutboxRow[] =>
  rows.filter(({ id }) => !without.some(({ row }) => row.id === id));

const took = (giving: readonly Standing[]): Link => ({
  kind: "permission",
  status: "done",
  code: "place.taken",
  values: { workflows: giving.map(({ row }) => row.workflow ?? ""), messages: giving.map(({ row }) => row.id) },
});

const gave = (taker: OutboxRow): Link => ({
  kind: "permission",
  status: "held",
  code: "place.given",
  values: { workflow: taker.workflow ?? "", message: taker.id, priority: taker.priority },
});

/** Priority, then lane, then age, then id. */
function before(a: Claim, b: Claim, { now, prompted }: Pick<OutreachCase, "now" | "prompted">): number {
  const key = (claim: Claim) =>
    "effect" in claim
      ? {
          priority: claim.effect.priority,
          lane: LANES.indexOf(laneOf(claim.effect, prompted)),
          at: now,
          id: claim.effect.id,
        }
      : {
          priority: claim.row.priority,
          lane: LANES.indexOf(claim.row.lane),
          at: claim.row.createdAt,
          id: claim.row.id,
        };
  const [one, other] = [key(a), key(b)];
  return other.priority - one.priority || one.lane - other.lane || one.at - other.at || (one.id < other.id ? -1 : 1);
}
