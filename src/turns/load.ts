// All that the turns of some locked leads may know, read in a handful of statements.

import { BACKFILL_SPAN, needsBackfill, readStates } from "../behavior/index.ts";
import { eventsOf, LOCATION_LEAD, type Mail, readMail } from "../events/index.ts";
import type { Sql } from "../kernel/sql.ts";
import { DAY } from "../kernel/time.ts";
import { countByOwner, mergedInto, readLeads, stub } from "../leads/index.ts";
import { addressesOf, latestMessages, readAddresses, takeOutbox } from "../outreach/index.ts";
import { readRuns } from "../workflows/index.ts";
import type { LeadCase, LeadState, Scene } from "./case.ts";
import type { LocationState } from "./location.ts";
import type { ClaimedLead } from "./store.ts";

/** Letters one turn reads of one lead: a flood waits for the next turn instead of growing this one. */
export const MOST_LETTERS = 200;
/** Ended runs are looked at for this long: a goal may still be counted, a message still be answered. */
export const ENDED_FOR: number = 30 * DAY;
/** A reply is to a message of the last 14 days. */
export const REPLY_WITHIN: number = 14 * DAY;

/** Leads whose mail another turn has taken meanwhile, and that are not due, are left out: there is nothing to decide. */
export async function loadCases(
  sql: Sql,
  scene: Scene,
  claimed: readonly ClaimedLead[],
  loadPlans: (ids: readonly string[]) => Promise<void>,
): Promise<LeadCase[]> {
  const { location, now } = scene;
  const all = claimed.map((row) => row.lead);
  const [mail, leads, read, allRuns] = await Promise.all([
    readMail(sql, location, all, MOST_LETTERS),
    readLeads(sql, location, all),
    readStates<LeadState>(sql, location, all),
    readRuns(sql, location, all, now - ENDED_FOR),
  ]);
  const awake = claimed.filter(
    (row) => lettersOf(mail, row.lead).length > 0 || (row.dueAt !== null && row.dueAt <= now),
  );
  if (awake.length === 0) return [];
  const ids = awake.map((row) => row.lead);
  const named = [...mail.values()].flat().flatMap((letter) => (letter.kind === "answer" ? [letter.answer.outbox] : []));

  const shared = read.get(LOCATION_LEAD) as LocationState | undefined;
  const states = new Map([...read].filter(([id]) => id !== LOCATION_LEAD));
  const runs = groupBy(allRuns, (run) => run.lead);
  const replying = ids.filter((id) => lettersOf(mail, id).some(isReply));
  const [latest, merged]: [Awaited<ReturnType<typeof latestMessages>>, Awaited<ReturnType<typeof mergedInto>>] =
    await Promise.all([
      replying.length === 0 ? new Map() : latestMessages(sql, location, replying, now - REPLY_WITHIN),
      mergedInto(
        sql,
        location,
        ids.filter((id) => lettersOf(mail, id).some(mayHoldWords)),
      ),
    ]);
  // a reply says something of the message that it may be to
  const repliedTo = [...latest.values()].flatMap((byChannel) => Object.values(byChannel).map(({ id }) => id));
  const profiles = ids.map((id) => leads.get(id) ?? stub(location, id));
  // the addresses right behind the rows' locks, however long those are waited for
  const [entries, addresses] = await Promise.all([
    takeOutbox(sql, location, ids, [...named, ...repliedTo]),
    readAddresses(
      sql,
      location,
      profiles.map((lead) => ({ id: lead.id, addresses: addressesOf(lead.contact) })),
      scene.addressKey,
    ),
  ]);
  const outbox = groupBy(entries, (entry) => entry.row.lead);
  const stale = ids.filter((id) => {
    const state = states.get(id);
    return state !== undefined && (state.tally === undefined || needsBackfill(state.behavior, scene.book));
  });
  // a tally is of all that happened, the windows of behavior are of the last 90 days
  const since = stale.some((id) => states.get(id)?.tally === undefined) ? 0 : now - BACKFILL_SPAN;
  const past = stale.length === 0 ? new Map() : await eventsOf(sql, location, stale, undefined, since);
  const bound = [...mail.values()]
    .flat()
    .flatMap((letter) =>
      letter.kind === "command" && letter.command.type === "move_run" ? [letter.command.plan] : [],
    );
  await loadPlans([...new Set([...[...runs.values()].flat().map((run) => run.plan), ...bound])]);

  const owned = lettersOf(mail, LOCATION_LEAD).some(asksHowBusy)
    ? await countByOwner(sql, location, shared?.given?.map(({ lead }) => lead) ?? [])
    : undefined;

  return awake.map(({ lead: id, turn }, index) => {
    const letters = lettersOf(mail, id);
    const profile = profiles[index] as LeadCase["lead"];
    const state = states.get(id);
    const gone = merged.get(id);
    const unread = new Set(letters.flatMap((letter) => (letter.kind === "event" ? [letter.event.id] : [])));
    return {
      id,
      turn: turn + 1,
      lead: profile,
      fresh: !leads.has(id),
      ...(state === undefined ? {} : { state }),
      runs: runs.get(id) ?? [],
      outbox: outbox.get(id) ?? [],
      mail: letters,
      moreMail: letters.length === MOST_LETTERS,
      addresses: addresses.get(id) ?? {},
      ...(gone === undefined ? {} : { merged: gone.map(addressesOf) }),
      latest: latest.get(id) ?? {},
      ...(id === LOCATION_LEAD ? { ...(shared && { shared }), ...(owned && { owned }) } : {}),
      // what waits in the mailbox has not been observed yet
      ...(past.has(id) ? { past: past.get(id)?.filter((event: { id: string }) => !unread.has(event.id)) } : {}),
    };
  });
}

/** A word of the lead, or a call it took: it may be about our latest message. */
export const isReply = (letter: Mail): boolean =>
  letter.kind === "event" && (letter.event.type === "message.received" || letter.event.type === "call.answered");

/** Events whose words `saidIn` reads. */
const WITH_WORDS: ReadonlySet<string> = new Set(["message.received", "call.ended", "crm.call", "form.submitted"]);
const mayHoldWords = (letter: Mail): boolean => letter.kind === "event" && WITH_WORDS.has(letter.event.type);

const asksHowBusy = (letter: Mail): boolean =>
  letter.kind === "ask" && letter.ask.type === "assignee" && letter.ask.by === "least_busy";

const lettersOf = (mail: ReadonlyMap<string, Mail[]>, lead: string): readonly Mail[] => mail.get(lead) ?? [];

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
