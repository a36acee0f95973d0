// The groups that somebody brings to judge by: a contact and a group a line. They are read, asked, and kept nowhere; no
// complaint about them quotes what they say.

import { parse } from "csv-parse/sync";
import { InvalidInput } from "../../kernel/errors.ts";
import { MOST_GROUP_TEXT } from "./bounds.ts";
import type { Groups } from "./fair.ts";

/** More of them are names, not groups. */
const MOST_GROUPS = 20;

/** What else than its length bounds a text, since reading it holds up whatever the process does besides. */
const MOST_CONTACTS = 100_000;
const MOST_COLUMNS = 20;
const LONGEST_LINE = 10_000;

const [QUOTE, COMMA, LINE_FEED, RETURN] = [0x22, 0x2c, 0x0a, 0x0d];

/** Counts lines and columns before anything is read. @throws InvalidInput */
function mustBeBounded(text: string): void {
  if (text.length > MOST_GROUP_TEXT) {
    throw new InvalidInput(
      `groups: ${inWords(text.length)} characters; at most ${inWords(MOST_GROUP_TEXT)}. Give the columns "contact" and "group" alone, or a sample of the contacts.`,
    );
  }
  let [lines, columns, start, quoted] = [1, 1, 0, false];
  for (let at = 0; at <= text.length; at += 1) {
    const sign = text.charCodeAt(at);
    if (at - start > LONGEST_LINE) {
      throw new InvalidInput(
        `groups: line ${lines} is longer than ${inWords(LONGEST_LINE)} characters. Give one contact a line, and close every quote.`,
      );
    }
    if (sign === QUOTE) quoted = !quoted;
    else if (quoted) continue;
    else if (sign === COMMA) columns += 1;
    else if (sign === LINE_FEED || (sign === RETURN && text.charCodeAt(at + 1) !== LINE_FEED))
      [lines, columns, start] = [lines + 1, 1, at + 1];
    if (columns > MOST_COLUMNS) {
      throw new InvalidInput(
        `groups: line ${lines} has more than ${MOST_COLUMNS} columns. Give the columns "contact" and "group" alone.`,
      );
    }
    if (lines > MOST_CONTACTS + 1) {
      throw new InvalidInput(
        `groups: more than ${inWords(MOST_CONTACTS)} contacts below the heading. Give those alone whose group is known, or a sample of them.`,
      );
    }
  }
}

const inWords = (count: number): string => count.toLocaleString("en-US");

/** Contact to group. @param given a CSV with the headings `contact` and `group` @throws InvalidInput */
export function readGroups(given: string): Groups {
  const text = given.trimEnd();
  mustBeBounded(text);
  let lines: string[][];
  try {
    lines = parse(text, { bom: true, skip_empty_lines: true, trim: true }) as string[][];
  } catch (error) {
    throw new InvalidInput(`groups: this is no CSV: ${(error as Error).message.split(", value is")[0]}`);
  }
  const [heading = [], ...rows] = lines;
  const names = heading.map((name) => name.toLowerCase().replace(/[^a-z]/g, ""));
  const contact = names.findIndex((name) => name === "contact" || name === "contactid");
  const group = names.indexOf("group");
  if (contact < 0 || group < 0) {
    throw new InvalidInput('groups: expected a heading with the columns "contact" and "group".');
  }
  const found = new Map<string, string>();
  rows.forEach((row, index) => {
    const [id, name] = [row[contact] ?? "", row[group] ?? ""];
    if (id === "" || name === "") return;
    const before = found.get(id);
    if (before !== undefined && before !== name) {
      const line = `groups: line ${index + 2}: this contact is in another group in an earlier line`;
      throw new InvalidInput(`${line}. A contact has one line.`);
    }
    found.set(id, name);
  });
  const all = new Set(found.values());
  if (all.size > MOST_GROUPS) {
    throw new InvalidInput(`groups: ${all.size} groups; at most ${MOST_GROUPS}. Is the column the right one?`);
  }
  return found;
}
