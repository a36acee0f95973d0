// What a command answers: a text for people, or a document for programs.

import { Conflict, InvalidInput, Unavailable } from "../kernel/errors.ts";

export interface Said {
  readonly text: string;
  /** 0 good, 1 the answer is no, 2 it could not be asked. */
  readonly exit: 0 | 1 | 2;
}

/** What every command is asked with. */
export interface Where {
  readonly json: boolean;
  readonly location: string | undefined;
}

/**
 * What a terminal would obey instead of showing: control characters but tab and line feed, and those that turn the direction of
 * what is read. Names come from files and from leads. As JSON has it, so that a document stays what it is.
 */
export const visible = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  text.replace(/[\0-\x08\x0B-\x1F\x7F-\x9F\u2028-\u202E\u2066-\u2069]/g, (one) => {
    return `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });

export const said = (json: boolean, document: object, text: string, exit: Said["exit"] = 0): Said => ({
  text: json ? JSON.stringify(document) : text,
  exit,
});

/** Node's own words for an option it does not know are good enough; where in Node it found out is not. */
const isMisspelled = (error: unknown): boolean =>
  error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");

/** What a person reads of a command that failed: what was expected, each field once; of a fault of ours, where it was. */
export function faultText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const known = isMisspelled(error) || [InvalidInput, Unavailable, Conflict].some((kind) => error instanceof kind);
  if (!known) return error.stack ?? error.message;
  const fields = (error instanceof InvalidInput ? error.errors : []).map(({ field, detail }) => `${field}: ${detail}`);
  const unsaid = fields.filter((line) => !error.message.split("\n").includes(line));
  return [error.message, ...unsaid.map((line) => `  ${line}`)].join("\n");
}
