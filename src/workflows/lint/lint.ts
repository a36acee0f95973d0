// What is allowed and yet probably not meant: checks over a folder that compiles.

import type { PublicationContent } from "../compile/compile.ts";
import { type Diagnostic, Report } from "../compile/diagnostic.ts";
import type { SourceFile } from "../compile/source.ts";
import { checkAttachments } from "./attachments.ts";
import { checkCircles } from "./circles.ts";
import { checkEnding } from "./ending.ts";
import type { Check, Surroundings } from "./finding.ts";
import { checkLinks } from "./links.ts";
import { checkLocation } from "./location.ts";
import { checkMergeFields } from "./merge-fields.ts";
import { checkOverlaps } from "./overlaps.ts";
import { Places } from "./places.ts";
import { checkReplies } from "./replies.ts";
import { checkReplyWords } from "./reply-words.ts";
import { checkStarved } from "./starved.ts";
import { checkSteering } from "./steering.ts";
import { checkUnused } from "./unused.ts";
import { checkWithheld } from "./withheld.ts";

const CHECKS: readonly Check[] = [
  checkLocation,
  checkAttachments,
  checkCircles,
  checkOverlaps,
  checkEnding,
  checkStarved,
  checkMergeFields,
  checkLinks,
  checkWithheld,
  checkSteering,
  checkReplies,
  checkReplyWords,
  checkUnused,
];

/** Pure: the same folder and the same location, the same findings, in order of file, line and column. */
export function lint(
  content: PublicationContent,
  files: readonly SourceFile[],
  around: Surroundings = {},
): Diagnostic[] {
  const places = new Places(files, content.plans);
  const report = new Report();
  for (const check of CHECKS) {
    for (const { code, severity, spot, message } of check({ content, files, around })) {
      report[severity](code, places.of(spot), message);
    }
  }
  return report.diagnostics();
}
