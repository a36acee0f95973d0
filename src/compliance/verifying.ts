// Whether a location's records are whole: every chain link by link, its end, and what is kept beside it.

import type { Database } from "../kernel/sql.ts";
import { DAY, type Instant } from "../kernel/time.ts";
import { badAuditLinks, badWordings, lastAuditLink } from "./audit-links.ts";
import { readDecisionHeads, readDecisionLinks } from "./decisions.ts";
import { readProofHeads, readProofsBeside, unproved } from "./proofs.ts";
import { badAgreement, badOptOut } from "./seals.ts";
import { type Broken, endless, followChain, unlike } from "./verify.ts";

const PAGE = 500;
/** For how long each is kept; a test compares them with the retention's own. */
export const STAYS = { decision: 400 * DAY, message: 5 * 365.25 * DAY, audit: 5 * 365.25 * DAY } as const;
/** A message may wait this long before it leaves: until then it is older than its proof. */
const WAITS = 400 * DAY;

export type Chain = "decisions" | "proofs" | "consents" | "opt-outs" | "audit";

export interface Verified {
  readonly ok: boolean;
  readonly decisions: number;
  readonly proofs: number;
  /** Entries of the audit; none are looked at where one lead was asked for. */
  readonly audit: number;
  /** The hash of the audit's last entry: who keeps it elsewhere can tell that nothing before it was rewritten. */
  readonly head: string;
  /** The first of each that does not hold. The audit is no lead's: its lead is "". */
  readonly broken: readonly (Broken & { readonly chain: Chain })[];
  /** Messages that left and have no proof: at most fifty. */
  readonly unproved: readonly { readonly lead: string; readonly message: string }[];
}

/** Makes every hash of a lead, or of all, again. Stops a chain at its first broken link. */
export async function verify(
  database: Database,
  location: string,
  { now, lead }: { readonly now: Instant; readonly lead?: string | undefined },
): Promise<Verified> {
  const at = { ...(lead === undefined ? {} : { lead }), limit: PAGE };
  const read = <T>(work: Parameters<Database["transaction"]>[1]) =>
    database.transaction([location], work) as Promise<T>;
  const decisions = followChain();
  const proofs = followChain();

  const ofDecisions = async (): Promise<Broken | undefined> => {
    for (let after = { lead: "", turn: -1, place: -1 }; ; ) {
      const page = await read<Awaited<ReturnType<typeof readDecisionLinks>>>((sql) =>
        readDecisionLinks(sql, location, { ...at, after, since: now - STAYS.decision }),
      );
      const wrong = page.flatMap((link) => decisions.next(link.first ? { ...link, before: "" } : link) ?? [])[0];
      const last = page.at(-1);
      if (wrong !== undefined || last === undefined || page.length < PAGE) {
        return wrong ?? (await ends(readDecisionHeads, STAYS.decision, "the last decision"));
      }
      after = last;
    }
  };
  const ofProofs = async (): Promise<Broken | undefined> => {
    for (let after = { lead: "", n: 0 }; ; ) {
      const page = await read<Awaited<ReturnType<typeof readProofsBeside>>>((sql) =>
        readProofsBeside(sql, location, { ...at, after }),
      );
      const wrong = page.flatMap(
        (link) =>
          proofs.next({ ...link, name: `the proof of message ${link.message}` }) ??
          unlike(link, now - STAYS.message + WAITS) ??
          [],
      )[0];
      const last = page.at(-1);
      if (wrong !== undefined || last === undefined || page.length < PAGE) {
        return wrong ?? (await ends(readProofHeads, STAYS.message, "the last proof"));
      }
      after = last;
    }
  };
  const ends = async (heads: typeof readProofHeads, kept: number, name: string): Promise<Broken | undefined> =>
    endless(await read((sql) => heads(sql, location, lead)), now - kept, name)[0];

  const found: { chain: Chain; wrong: Broken | undefined }[] = [
    { chain: "decisions", wrong: await ofDecisions() },
    { chain: "proofs", wrong: await ofProofs() },
    { chain: "consents", wrong: await read((sql) => badWordings(sql, location)) },
    {
      chain: "consents",
      wrong: await read((sql) => badAgreement(sql, location, { lead, since: now - STAYS.message })),
    },
  ];
  let audit = 0;
  if (lead === undefined) {
    const entries = await badAuditLinks(read, location, now - STAYS.audit);
    audit = entries.checked;
    found.push({ chain: "opt-outs", wrong: await read((sql) => badOptOut(sql, location)) });
    found.push({ chain: "audit", wrong: entries.wrong });
  }
  const broken = found.flatMap(({ chain, wrong }) => (wrong === undefined ? [] : [{ ...wrong, chain }]));
  const missing = await read<{ lead: string; message: string }[]>((sql) =>
    unproved(sql, location, { ...at, limit: 50 }),
  );
  const head = await read<string>((sql) => lastAuditLink(sql, location));
  return {
    ok: broken.length === 0 && missing.length === 0,
    ...{ decisions: decisions.checked, proofs: proofs.checked, audit, head, broken, unproved: missing },
  };
}
