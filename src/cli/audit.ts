// `latchkey audit`: whether the records are whole, what was kept back, and the evidence as one file.

import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { evidence, keptBack, type Verified, verify } from "../compliance/index.ts";
import { InvalidInput } from "../kernel/errors.ts";
import { DAY, type Instant, iso } from "../kernel/time.ts";
import { insertAudit } from "../tenancy/index.ts";
import { auditFairness, unwritable } from "./fairness.ts";
import { domainNow, inHouse, onlyLocation } from "./house.ts";
import { type Said, said, type Where } from "./said.ts";
import { leadMeant, leadsHere } from "./which-lead.ts";

interface Asked extends Where {
  readonly lead: string | undefined;
  readonly from: string | undefined;
  readonly until: string | undefined;
  readonly groups: string | undefined;
  readonly out: string | undefined;
}

export async function audit(
  [act, file]: readonly string[],
  { json, location, lead: typed, from, until, groups, out }: Asked,
): Promise<Said> {
  if (!["verify", "held", "export", "fairness"].includes(act ?? "") || (act === "export") !== (file !== undefined))
    throw new InvalidInput("Expected: audit verify, audit held, audit fairness, or audit export FILE.zip");
  if (act === "fairness") return auditFairness({ json, location, groups, out });
  return inHouse(async (premises) => {
    const { database } = premises;
    const at = onlyLocation(premises, location);
    const lead = typed === undefined ? undefined : await leadMeant(typed, leadsHere(premises, at));
    const now = await domainNow(premises, at);
    const range = { from: instant("from", from) ?? now - 30 * DAY, to: instant("until", until) ?? now + 1 };
    if (act === "verify") {
      const found = await verify(database, at, { now, lead });
      return said(json, { ...found }, verifiedText(found), found.ok ? 0 : 1);
    }
    if (act === "held") {
      const items = await database.transaction([at], (sql) => keptBack(sql, at, range));
      return said(json, { items }, items.map(heldLine).join("\n") || "Nothing was held or kept back.");
    }
    let hash = "";
    const asked = { location: at, by: "command line", now, ...range, ...(lead === undefined ? {} : { lead }) };
    const done = async (manifest: string) => {
      hash = manifest;
      const entry = { location: at, at: now, who: "command line", act: "evidence_exported", subject: lead ?? at };
      const data = { from: iso(range.from), to: iso(range.to), manifest };
      await database.transaction([at], (sql) => insertAudit(sql, { ...entry, data }));
    };
    const path = file as string;
    const to = await open(path, "w", 0o600).catch(unwritable(path));
    await pipeline(Readable.from(evidence(database, asked, done)), to.createWriteStream());
    return said(json, { file, manifest: hash }, `${file} is written. SHA-256 of its manifest: ${hash}`);
  });
}

const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

type Held = Awaited<ReturnType<typeof keptBack>>[number];

export const heldLine = ({ day, verdict, code, messages, leads }: Held): string =>
  `${day}  ${verdict.padEnd(8)} ${code.padEnd(22)} ${count(messages, "message")}, ${count(leads, "lead")}`;

export function verifiedText({ ok, decisions, proofs, audit, head, broken, unproved }: Verified): string {
  const entries = `${count(audit, "entry", "entries")} of the audit`;
  const counted = `${count(decisions, "decision")}, ${count(proofs, "proof")}, ${entries}`;
  const kept =
    head === "" ? "" : `\nThe audit ends in ${head}: kept elsewhere, it tells a rewritten audit from this one.`;
  if (ok) return `Every link holds: ${counted}.${kept}`;
  const links = broken.map(
    ({ lead, name, what }) => `Broken${lead === "" ? "" : ` at lead ${lead}`}: ${name} (${what}).`,
  );
  const without = unproved.map(({ lead, message }) => `No proof of message ${message} to lead ${lead}.`);
  return [...links, ...without, `Looked at ${counted}.`].join("\n");
}

function instant(name: string, text: string | undefined): Instant | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidInput(`--${name}: expected an instant, as 2026-11-01T00:00:00Z`);
  return at;
}
