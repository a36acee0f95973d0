// Faults of our own, planted one at a time: each takes a guard away, and its judge must say so. A patch names the text
// it replaces, which must be there exactly once; one that no longer is fails the suite.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Findings } from "./judge.ts";

export const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Patch {
  /** From the root of the repository. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

interface Planted<Judge> {
  readonly name: string;
  /** What is taken away. */
  readonly guard: string;
  readonly patches: readonly Patch[];
  readonly judge: Judge;
}

/** What a short storm must find wrong. */
export type StormPlant = Planted<{ readonly finding: Exclude<keyof Findings, "figures"> }>;
/** The test, by file and name, that must turn red. */
export type TestPlant = Planted<{ readonly project: "unit" | "sql"; readonly file: string; readonly test: string }>;

const patch = (file: string, find: string, replace: string): Patch => ({ file: `src/${file}`, find, replace });

/** A short storm has no minutes to wait: every wait of the sender in proportion, the control's too. */
export const HASTE: readonly Patch[] = [
  patch("outreach/sending/store.ts", "[5 * SECOND, 30 * SECOND, 120 * SECOND]", "[1 * SECOND, 2 * SECOND, 4 * SECOND]"),
  patch(
    "outreach/sending/store.ts",
    "export const SENDING_MS: Millis = 30 * SECOND",
    "export const SENDING_MS: Millis = 6 * SECOND",
  ),
  patch(
    "outreach/beyond/writing.ts",
    "export const REQUEST_MS: Millis = 10 * SECOND",
    "export const REQUEST_MS: Millis = 3 * SECOND",
  ),
  patch("outreach/sending/sender.ts", "const SLEPT_MS: Millis = 5 * SECOND", "const SLEPT_MS: Millis = 2_500"),
  patch("outreach/sending/sender.ts", "const PATIENCE_MS: Millis = 2 * SECOND", "const PATIENCE_MS: Millis = SECOND"),
  patch(
    "outreach/sending/sender.ts",
    "const LOOKUP_LEASE_MS: Millis = 30 * SECOND",
    "const LOOKUP_LEASE_MS: Millis = 4 * SECOND",
  ),
];

const storm = (
  name: string,
  guard: string,
  finding: StormPlant["judge"]["finding"],
  ...patches: Patch[]
): StormPlant => ({
  name,
  guard,
  patches,
  judge: { finding },
});

export const IN_STORM: readonly StormPlant[] = [
  storm(
    "request-before-commit",
    "the sending commit comes before the request",
    "doubled",
    patch(
      "outreach/sending/sending.ts",
      "    return {\n      departures,\n      held: held.length,",
      `    const early = (globalThis as { early?: (location: string, all: readonly Departure[]) => Promise<void> }).early;
    await early?.(location, departures);
    return {
      departures: [],
      held: held.length,`,
    ),
    patch(
      "outreach/sending/sender.ts",
      "  const depart = async (location: string, departure: Departure): Promise<void> => {",
      `  const results: [string, Departure, Result][] = [];
  setInterval(() => {
    for (const [location, departure, result] of results.splice(0)) void saver.save(location, { departure, result });
  }, 50).unref();
  (globalThis as { early?: unknown }).early = async (location: string, all: readonly Departure[]) => {
    await Promise.all(all.map(async (one) => results.push([location, one, await attempt(needs, location, one)])));
  };
  const depart = async (location: string, departure: Departure): Promise<void> => {`,
    ),
  ),
  storm(
    "lost-is-refused",
    "a lost answer is unconfirmed, not refused",
    "doubled",
    patch(
      "highlevel/channels.ts",
      'return { result: "unconfirmed", detail: reply.detail };',
      'return { result: "rejected", reason: "unknown", status: 0, detail: reply.detail };',
    ),
  ),
  storm(
    "no-look-up",
    "what is unconfirmed is looked up before it is sent again",
    "doubled",
    patch(
      "outreach/sending/sender.ts",
      '  if (sought === undefined) return { found: "ambiguous" };',
      '  if (sought !== undefined) return { found: "none" };\n  if (sought === undefined) return { found: "ambiguous" };',
    ),
    patch(
      "outreach/fate/receipts.ts",
      '  const echoes = receipts.filter(({ kind, contact }) => kind === "echo" && contact !== undefined);',
      "  const echoes: ProviderReceipt[] = [];",
    ),
  ),
  storm(
    "overdue-is-queued",
    "what a dead process left sending is unconfirmed",
    "doubled",
    patch(
      "outreach/sending/outcome.ts",
      '    const verdicts = overdue.map((entry) => unconfirmed(entry, entry.row.deadline ?? clock.real(), "no answer"));',
      '    const verdicts = overdue.map((entry): Verdict => ({ entry, move: { id: entry.row.id, attempt: entry.row.attempt, to: "queued" } }));',
    ),
  ),
  storm(
    "no-lease",
    "a queued row is claimed by one sender: for update, skip locked",
    "madeTwice",
    patch("outreach/sending/store.ts", "      limit $4\n        for update of o skip locked`", "      limit $4`"),
  ),
  storm(
    "no-recheck",
    "the right to send is checked again at the moment of sending",
    "afterStop",
    patch(
      "outreach/sending/sending.ts",
      '    if (permission !== "ok") {',
      '    if (permission !== "ok" && lead === undefined) {',
    ),
  ),
  storm(
    "mail-not-waited-for",
    "a message waits while its lead has mail that no turn has read",
    "afterStop",
    patch(
      "outreach/sending/store.ts",
      "             or (not exists (select from mailbox as l where l.location_id = $1 and l.lead_id = o.lead_id)\n                 and not exists",
      "             or (not exists",
    ),
    patch("outreach/sending/sending.ts", "    if (withMail.has(row.lead) || underWay.has", "    if (underWay.has"),
    patch(
      "outreach/sending/pacing.ts",
      "    if (reached.length === 0) return () => false;",
      "    if (reached.length >= 0) return () => false;",
    ),
  ),
  storm(
    "webhook-counts-again",
    "a webhook that came before is known by its id",
    "repeated",
    patch(
      "ingest/intake.ts",
      "    for (const key of keys) taken.add(key);",
      "    for (const key of [...keys, ...rows.map(receiptKey)]) taken.add(key);",
    ),
  ),
];

const tested = (name: string, guard: string, file: string, test: string, ...patches: Patch[]): TestPlant => ({
  name,
  guard,
  patches,
  judge: { project: file.endsWith(".sql.test.ts") ? "sql" : "unit", file: `src/${file}`, test },
});

export const IN_TESTS: readonly TestPlant[] = [
  tested(
    "no-receipt-join",
    "receipts that came before our own commit are joined",
    "outreach/sending/sender.sql.test.ts",
    "that arrive before our own commit wait, and join the row when it has its ids",
    patch(
      "outreach/fate/receipts.ts",
      "  if (ids.length === 0) return;\n  const { rows } = await sql.query<{ data: ProviderReceipt }>(\n    `delete",
      "  if (ids.length >= 0) return;\n  const { rows } = await sql.query<{ data: ProviderReceipt }>(\n    `delete",
    ),
  ),
  tested(
    "no-compare-and-set",
    "a row is moved only from the attempt that was made",
    "outreach/sending/sender.sql.test.ts",
    "or only slept, and comes back with an answer to an attempt that is over, changes nothing",
    patch(
      "outreach/sending/store.ts",
      "where o.location_id = $1 and o.attempt = r.attempt and o.state in ('sending', 'unconfirmed')\n        order",
      "where o.location_id = $1 and o.state in ('sending', 'unconfirmed')\n        order",
    ),
    patch(
      "outreach/sending/store.ts",
      "        and o.attempt = r.attempt and o.state in ('sending', 'unconfirmed')\n  returning",
      "        and o.state in ('sending', 'unconfirmed')\n  returning",
    ),
  ),
  tested(
    "wakes-up-texting",
    "an attempt that slept after its commit is given up",
    "outreach/sending/sender.sql.test.ts",
    "that slept more than five seconds after its commit is given up unsent",
    patch("outreach/sending/sender.ts", "  if (slept > SLEPT_MS) return", "  if (slept < 0) return"),
  ),
  tested(
    "no-address-lock",
    "the address is locked while the right to send is checked",
    "outreach/sending/sender.sql.test.ts",
    "lets only one of two leads with one number go where there is room for one",
    patch(
      "outreach/law/addresses.ts",
      "  const { rows } = await sql.query<AddressRow>(\n    `insert into address as a",
      "  await sql.query(\n    `insert into address as a",
    ),
    patch(
      "outreach/law/addresses.ts",
      "do update set channel = a.channel\n  returning ${COLUMNS}`,\n    [location, addresses.map((one) => one.family), addresses.map((one) => one.hash)],\n  );\n",
      `do nothing\`,
    [location, addresses.map((one) => one.family), addresses.map((one) => one.hash)],
  );
  const { rows } = await sql.query<AddressRow>(
    \`select \${COLUMNS} from address
      where location_id = $1 and (channel, address_hash) in (select * from unnest($2::text[], $3::text[]))\`,
    [location, addresses.map((one) => one.family), addresses.map((one) => one.hash)],
  );
`,
    ),
  ),
  tested(
    "opened-again",
    "an identity that is taken is never decided again",
    "outreach/sending/sender.sql.test.ts",
    "that were carried out are not opened again",
    patch(
      "outreach/sending/outbox.ts",
      "      where outbox.state = 'rejected' and outbox.kind <> 'message'`",
      "      where outbox.kind <> 'message'`",
    ),
  ),
  tested(
    "any-hour",
    "the lead's hours are checked at the moment of sending, too",
    "outreach/choice/decide.test.ts",
    "the sender asks again at the last moment",
    patch(
      "outreach/choice/decide.ts",
      "  return permit(checkOf(messageOf(row, message, false), channel, scene, facts));",
      '  const asked = permit(checkOf(messageOf(row, message, false), channel, scene, facts));\n  return typeof asked.permission === "object" ? { ...asked, permission: "ok" } : asked;',
    ),
  ),
];

/**
 * The source of a file with these patches in it.
 *
 * @throws Error when a patch's text is not there exactly once
 */
export function planted(file: string, source: string, patches: readonly Patch[]): string {
  let text = source;
  for (const { file: of, find, replace } of patches) {
    if (of !== file) continue;
    const times = text.split(find).length - 1;
    if (times !== 1) throw new Error(`a planted fault no longer fits: ${file} has ${times} times\n${find}`);
    text = text.replace(find, () => replace);
  }
  return text;
}

/** For rolldown and for vite: the sources as they are, but for the patches. @throws when one does not fit */
export function planting(patches: readonly Patch[]) {
  for (const file of new Set(patches.map((one) => one.file)))
    planted(file, readFileSync(join(root, file), "utf8"), patches);
  return {
    name: "planted",
    enforce: "pre" as const,
    transform(code: string, id: string) {
      const file = id.split("?")[0]?.slice(root.length) ?? "";
      return patches.some((one) => one.file === file) ? { code: planted(file, code, patches), map: null } : undefined;
    },
  };
}
