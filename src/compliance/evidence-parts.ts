// The files of an evidence export: what each reads, the manifest that names them, and the page for people.

import { escaped } from "../kernel/html.ts";
import type { JsonObject } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import { iso } from "../kernel/time.ts";
import type { EvidenceAsked } from "./evidence.ts";
import type { Verified } from "./verifying.ts";

export interface Part {
  readonly name: string;
  readonly about: string;
  /** Rows after a key, in the key's order. */
  read(sql: Sql, asked: EvidenceAsked, after: readonly string[], limit: number): Promise<JsonObject[]>;
  key(row: JsonObject): readonly string[];
}

/** @param select of a statement whose rows have a text `key`; `$1` location, `$2` lead or null, `$3` from, `$4` to */
const part = (name: string, about: string, select: string): Part => ({
  name,
  about,
  async read(sql, { location, lead, from, to }, [after = ""], limit) {
    const { rows } = await sql.query<JsonObject>(
      `select * from (${select}) as found where key > $5 order by key limit $6`,
      [location, lead ?? null, new Date(from), new Date(to), after, limit],
    );
    return rows;
  },
  key: (row) => [String(row["key"])],
});

/** Sorts as the instant does. */
const stamp = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS')`;

export const PARTS: readonly Part[] = [
  part(
    "consents.jsonl",
    "what was agreed to, with the words that were shown, and when it ended",
    `select ${stamp("c.given_at")} || ' ' || c.consent_id || ' ' || c.lead_id as key, c.lead_id as lead, c.level, c.given_at, c.recorded_at,
            c.wording_hash, w.text as wording, c.data, c.withdrawn_at, c.withdrawn
       from consent as c
       left join wording as w on w.location_id = c.location_id and w.wording_hash = c.wording_hash
      where c.location_id = $1 and ($2::text is null or c.lead_id = $2) and c.given_at < $4
        and (c.withdrawn_at is null or c.withdrawn_at >= $3)`,
  ),
  part(
    "messages.jsonl",
    "every message: its text as the lead would read it, the verdicts at decide and at send, what became of it",
    `select ${stamp("m.created_at")} || ' ' || m.message_id as key, m.lead_id as lead, m.message_id as message,
            m.created_at, o.state, o.channels, o.place, o.workflow, o.run_id as run, o.path as step, o.attempt,
            o.provider_id as "providerId", m.template, m.template_hash as "templateHash", m.rendered, m.decided,
            m.checked, m.delivery
       from message as m
       left join outbox as o on o.location_id = m.location_id and o.outbox_id = m.message_id
      where m.location_id = $1 and ($2::text is null or m.lead_id = $2) and m.created_at >= $3 and m.created_at < $4`,
  ),
  part(
    "proofs.jsonl",
    "why each message left, chained: the SHA-256 of `before` and the canonical `body` is `hash`",
    `select lead_id || ' ' || lpad(n::text, 12, '0') as key, lead_id as lead, n, message_id as message, at, body, before, hash
       from proof
      where location_id = $1 and ($2::text is null or lead_id = $2) and at >= $3 and at < $4`,
  ),
  part(
    "decisions.jsonl",
    "every decision about a message, with each reason",
    `select ${stamp("at")} || ' ' || decision_id as key, lead_id as lead, turn, place, at, kind, verdict, workflow,
            run_id as run, path, message_id as message, trace, hash
       from decision
      where location_id = $1 and ($2::text is null or lead_id = $2) and at >= $3 and at < $4`,
  ),
  part(
    "words.jsonl",
    "what leads wrote and said, opt-outs and consent, as they came in",
    `select ${stamp("received_at")} || ' ' || event_id as key, lead_id as lead, event_id as event, type, at, received_at,
            source, data
       from event
      where location_id = $1 and ($2::text is null or lead_id = $2) and received_at >= $3 and received_at < $4
        and type in ('message.received', 'message.opted_out', 'consent.given', 'consent.withdrawn', 'consent.changed',
                     'crm.dnd', 'form.submitted', 'call.ended')`,
  ),
  part(
    "audit.jsonl",
    "who changed what: settings, judgments, consent, exports",
    `select ${stamp("at")} || ' ' || audit_id as key, at, who, act, subject, data
       from audit
      where location_id = $1 and ($2::text is null or subject in ($2, $1)) and at >= $3 and at < $4`,
  ),
];

const about = (asked: EvidenceAsked, verified: Verified): JsonObject => ({
  location: asked.location,
  lead: asked.lead ?? null,
  ...{ from: iso(asked.from), to: iso(asked.to), madeAt: iso(asked.now), madeBy: asked.by },
  chains: verified.ok ? "every link holds" : "broken",
  verified: JSON.parse(JSON.stringify(verified)) as JsonObject,
});

export const manifestOf = (asked: EvidenceAsked, files: readonly JsonObject[], verified: Verified): JsonObject => ({
  ...about(asked, verified),
  files: [...files],
});

/** One page without anything to load. */
export function page(asked: EvidenceAsked, files: readonly JsonObject[], verified: Verified): string {
  const said = about(asked, verified);
  const facts = (["location", "lead", "from", "to", "madeAt", "madeBy", "chains"] as const)
    .map((name) => `<tr><th>${name}</th><td>${escaped(String(said[name] ?? "all"))}</td></tr>`)
    .join("\n");
  const rows = files
    .map(({ name, lines, sha256 }) => {
      const what = PARTS.find((one) => one.name === name)?.about ?? "";
      return `<tr><td>${escaped(String(name))}</td><td>${lines}</td><td>${escaped(what)}</td><td><code>${sha256}</code></td></tr>`;
    })
    .join("\n");
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Evidence</title>
<style>body{font:16px/1.5 system-ui;margin:2rem;max-width:70rem}th{text-align:left;padding-right:1rem}td{padding:.2rem 1rem .2rem 0}code{font-size:.75rem}</style>
<h1>Evidence</h1>
<table>
${facts}
</table>
<h2>Files</h2>
<p>One record a line, as JSON; instants are UTC. manifest.json names the SHA-256 of each.</p>
<table><tr><th>file</th><th>records</th><th>holds</th><th>SHA-256</th></tr>
${rows}
</table>
</html>
`;
}
