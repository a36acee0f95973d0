// Every message the CRM took, in order: the judge of "no lead is texted twice". Each entry is handed to the
// operating system before the answer is written, so that it survives a kill of the simulator too.

import { createHash } from "node:crypto";
import { openSync, writeSync } from "node:fs";

interface LedgerEntry {
  readonly n: number;
  /** Real time. */
  readonly at: number;
  readonly messageId: string;
  readonly contactId: string;
  readonly type: string;
  readonly subject?: string;
  readonly body: string;
  /** Addresses of the files it brings along. */
  readonly attachments?: readonly string[];
  /** SHA-256 of type, subject and body, 16 hex digits. */
  readonly hash: string;
  /** What the sender was told: an answer, a 5xx, or a connection that broke. */
  readonly answer: "answered" | "failed" | "dropped";
}

/** Something that was done to a contact and that a repetition would do twice: judged by its count. */
interface Done {
  readonly n: number;
  /** Real time. */
  readonly at: number;
  readonly contactId: string;
  readonly what:
    | "workflow.add"
    | "workflow.remove"
    | "opportunity.create"
    | "opportunity.update"
    | "contact.update"
    | "task.create"
    | "note.create";
  /** The workflow or the opportunity. */
  readonly id: string;
  readonly answer: LedgerEntry["answer"];
}

/** A send that was turned down: a STOP or a missing address that the sender did not know of, or ignored. */
interface Refusal {
  readonly at: number;
  readonly contactId: string;
  readonly type: string;
  readonly reason: string;
}

export interface Ledger {
  readonly entries: readonly LedgerEntry[];
  readonly refusals: readonly Refusal[];
  readonly done: readonly Done[];
  note(done: Omit<Done, "n">): void;
  accept(entry: Omit<LedgerEntry, "n" | "hash">): void;
  refuse(refusal: Refusal): void;
}

const KEPT = 10_000;

export function openLedger(path: string | undefined): Ledger {
  const file = path === undefined ? undefined : openSync(path, "a", 0o600);
  const entries: LedgerEntry[] = [];
  const refusals: Refusal[] = [];
  const done: Done[] = [];
  return {
    entries,
    refusals,
    done,
    note(one) {
      done.push({ n: (done.at(-1)?.n ?? 0) + 1, ...one });
      if (done.length > KEPT) done.shift();
    },
    accept(entry) {
      const hash = createHash("sha256")
        .update(`${entry.type}\n${entry.subject ?? ""}\n${entry.body}`)
        .digest("hex")
        .slice(0, 16);
      const whole = { n: entries.length + 1, ...entry, hash };
      entries.push(whole);
      if (file !== undefined) writeSync(file, `${JSON.stringify(whole)}\n`);
    },
    refuse(refusal) {
      if (refusals.length < KEPT) refusals.push(refusal);
    },
  };
}
