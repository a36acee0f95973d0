// The audit and the words of agreements, compared with what was written of them when they were.

import { sha256 } from "../kernel/ids.ts";
import { canonicalJson, type JsonObject } from "../kernel/json.ts";
import type { Sql } from "../kernel/sql.ts";
import type { Instant } from "../kernel/time.ts";
import type { Broken } from "./verify.ts";

const PAGE = 500;

interface Row {
  readonly seq: number;
  readonly id: string;
  readonly linkedAt: Instant;
  readonly before: string;
  readonly beforeAt: Instant | null;
  readonly hash: string;
  /** The hash of the entry itself; null where the entry is gone, or was stripped of it. */
  readonly own: string | null;
  readonly at: Instant | null;
  readonly who: string;
  readonly act: string;
  readonly subject: string;
  readonly data: JsonObject;
  /** Whether the one before is there. */
  readonly follows: boolean;
}

/** @param since entries from then on are still kept */
export async function badAuditLinks(
  read: <T>(work: (sql: Sql) => Promise<T>) => Promise<T>,
  location: string,
  since: Instant,
): Promise<{ readonly checked: number; readonly wrong: Broken | undefined }> {
  let checked = 0;
  for (let after = 0; ; ) {
    const page = await read((sql) => readLinks(sql, location, after));
    checked += page.length;
    const wrong = page.flatMap((row) => wrongOf(row, since) ?? [])[0];
    const last = page.at(-1);
    if (wrong !== undefined) return { checked, wrong };
    if (last === undefined || page.length < PAGE) break;
    after = last.seq;
  }
  return { checked, wrong: await read((sql) => unlinked(sql, location)) };
}

function wrongOf(row: Row, since: Instant): Broken | undefined {
  const { id, at, linkedAt, before, beforeAt, hash, own, who, act, subject, data, follows } = row;
  const is = (what: Broken["what"]): Broken => ({ lead: "", name: `audit entry ${id}`, what });
  if (!follows && before !== "" && (beforeAt ?? linkedAt) >= since) return is("missing before");
  if (at === null) return linkedAt < since ? undefined : is("missing");
  const again = sha256(before + canonicalJson({ id, at, who, act, subject, data, beforeAt }));
  return own === hash && again === hash && at === linkedAt ? undefined : is("changed");
}

async function readLinks(sql: Sql, location: string, after: number): Promise<Row[]> {
  const { rows } = await sql.query<Row>(
    `select l.seq::float8 as seq, l.audit_id as id, l.at as "linkedAt", l.before, l.before_at as "beforeAt", l.hash,
            a.hash as own, a.at, a.who, a.act, a.subject, a.data,
            exists (select from audit_link as b where b.location_id = $1 and b.hash = l.before) as follows
       from audit_link as l
       left join audit as a on a.location_id = $1 and a.audit_id = l.audit_id
      where l.location_id = $1 and l.seq > $2
      order by l.seq
      limit ${PAGE}`,
    [location, after],
  );
  return rows;
}

/** An entry that nothing vouches for: its link is gone, or it came by another way since links are kept. */
async function unlinked(sql: Sql, location: string): Promise<Broken | undefined> {
  const { rows } = await sql.query<{ id: string }>(
    `select a.audit_id as id
       from audit as a
      where a.location_id = $1
        and (a.hash is not null or a.at > (select min(at) from audit_link where location_id = $1))
        and not exists (select from audit_link as l where l.location_id = $1 and l.audit_id = a.audit_id)
      order by a.at, a.audit_id
      limit 1`,
    [location],
  );
  return rows[0] && { lead: "", name: `the link of audit entry ${rows[0].id}`, what: "missing" };
}

/** The hash of the entry that was written last; "" where there is none. */
export async function lastAuditLink(sql: Sql, location: string): Promise<string> {
  const { rows } = await sql.query<{ hash: string }>(
    "select hash from audit_link where location_id = $1 order by seq desc limit 1",
    [location],
  );
  return rows[0]?.hash ?? "";
}

/** The words that were shown, under another hash than theirs, or gone while an agreement names them. */
export async function badWordings(sql: Sql, location: string): Promise<Broken | undefined> {
  const { rows } = await sql.query<{ hash: string; text: string | null; lead: string }>(
    `select c.wording_hash as hash, w.text, min(c.lead_id) as lead
       from consent as c
       left join wording as w on w.location_id = $1 and w.wording_hash = c.wording_hash
      where c.location_id = $1 and c.wording_hash is not null
      group by c.wording_hash, w.text`,
    [location],
  );
  const wrong = rows.find(({ hash, text }) => text === null || sha256(text) !== hash);
  return (
    wrong && {
      ...{ lead: wrong.lead, name: `the words ${wrong.hash.slice(0, 12)} of an agreement` },
      what: wrong.text === null ? "missing" : "changed",
    }
  );
}
