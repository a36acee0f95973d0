// The evidence of a lead, or of a period, as one zip: lines of JSON for machines, a page for people, and a manifest with
// the hash of every file. It is written as it is read, a page of rows at a time.

import { createHash, type Hash } from "node:crypto";
import { Zip, ZipDeflate } from "fflate";
import type { JsonObject } from "../kernel/json.ts";
import type { Database } from "../kernel/sql.ts";
import { type Instant, iso } from "../kernel/time.ts";
import { manifestOf, PARTS, page } from "./evidence-parts.ts";
import { verify } from "./verifying.ts";

const PAGE = 500;

export interface EvidenceAsked {
  readonly location: string;
  /** Of all leads where it is not named. */
  readonly lead?: string;
  readonly from: Instant;
  readonly to: Instant;
  readonly by: string;
  readonly now: Instant;
}

/**
 * Yields the zip's bytes as they come to be.
 *
 * @param done told the manifest's SHA-256 when all is written
 */
export async function* evidence(
  database: Database,
  asked: EvidenceAsked,
  done: (manifest: string) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  let failure: Error | null = null;
  const zip = new Zip((error, chunk) => {
    failure ??= error;
    ready.push(chunk);
  });
  const drain = (): Uint8Array[] => {
    if (failure !== null) throw failure;
    const now = ready;
    ready = [];
    return now;
  };
  const files: JsonObject[] = [];
  for (const part of PARTS) {
    const file = open(zip, part.name);
    for (let after: readonly string[] | undefined = []; after !== undefined; ) {
      const rows: JsonObject[] = await database.transaction([asked.location], (sql) =>
        part.read(sql, asked, after as readonly string[], PAGE),
      );
      for (const row of rows) file.write(`${JSON.stringify(row)}\n`);
      yield* drain();
      after = rows.length < PAGE ? undefined : part.key(rows.at(-1) as JsonObject);
    }
    files.push(file.end());
    yield* drain();
  }
  const verified = await verify(database, asked.location, asked);
  const human = open(zip, "index.html");
  human.write(page(asked, files, verified));
  files.push(human.end());
  const manifest = open(zip, "manifest.json");
  manifest.write(`${JSON.stringify(manifestOf(asked, files, verified), undefined, 1)}\n`);
  const { sha256 } = manifest.end() as { sha256: string };
  zip.end();
  await done(sha256);
  yield* drain();
}

/** A file of the zip, with what is counted of it. */
function open(zip: Zip, name: string) {
  const file = new ZipDeflate(name, { level: 6 });
  zip.add(file);
  const hash: Hash = createHash("sha256");
  let lines = 0;
  let bytes = 0;
  return {
    write(text: string): void {
      const chunk = Buffer.from(text);
      hash.update(chunk);
      lines += text.split("\n").length - 1;
      bytes += chunk.length;
      file.push(chunk);
    },
    end(): JsonObject {
      file.push(new Uint8Array(), true);
      return { name, lines, bytes, sha256: hash.digest("hex") };
    },
  };
}

/** The name under which it is kept. */
export const evidenceName = ({ location, lead, now }: EvidenceAsked): string =>
  `evidence-${lead ?? location}-${iso(now).slice(0, 10)}.zip`;
