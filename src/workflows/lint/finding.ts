// What a check of the linter is given and what it answers. Findings name a part of a plan; where that stands in a
// file is looked up afterwards, so that a folder without findings costs no second reading.

import type { PublicationContent } from "../compile/compile.ts";
import type { Severity } from "../compile/diagnostic.ts";
import type { SourceFile } from "../compile/source.ts";

/** What a location has, as far as its catalog says. What is absent is not known, and nothing is checked against it. */
export interface Surroundings {
  readonly tags?: readonly string[];
  readonly pipelines?: readonly string[];
  readonly stages?: readonly { readonly pipeline: string; readonly name: string }[];
  readonly users?: readonly string[];
  /** Their numbers and e-mail addresses, in lower case. */
  readonly senders?: readonly string[];
  /** Keys of custom fields, with or without `contact.`. */
  readonly fields?: readonly string[];
  readonly crmWorkflows?: readonly string[];
  /** Bytes of a file beside the workflows, by the name that `attach` calls it, if it is there; absent: nobody has looked. */
  readonly bytesOf?: (name: string) => number | undefined;
  /** Names of the location's links: `booking`, `form.buyer_survey`. */
  readonly links?: readonly string[];
}

/** A step (or `enroll`, `goal`, …) of a workflow by its path, or an entry of a library section; then keys inside it. */
export type Spot = (
  | { readonly workflow: string; readonly path: string }
  | { readonly section: string; readonly id: string }
) & {
  readonly keys?: readonly string[];
  /** The value meant, where the key holds several; or a merge field in its text. */
  readonly word?: string;
};

export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly spot: Spot;
  readonly message: string;
}

export interface Linted {
  readonly content: PublicationContent;
  readonly files: readonly SourceFile[];
  readonly around: Surroundings;
}

export type Check = (linted: Linted) => readonly Finding[];
