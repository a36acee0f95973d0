// Notices as they are read on a page.

import type { NoticeView } from "../../src/outreach/index.ts";
import { WORDS } from "./words.ts";

/** Shown before the reader asks for all of them. */
const FIRST = 5;

/** What is shown of a list, and how many the rest are. */
export function unfolded<Item>(items: readonly Item[], all: boolean): { shown: readonly Item[]; more: number } {
  // one row more takes no more room than the button that would show it
  const shown = all || items.length <= FIRST + 1 ? items : items.slice(0, FIRST);
  return { shown, more: items.length - shown.length };
}

/** Whom a notice is for, as this reader would say it. A session knows its reader's name and nothing more. */
export function toldTo({ users }: Pick<NoticeView, "users">, reader: string): string {
  if (users.length === 0) return WORDS.forEverybody;
  const others = users.map((user) => user.name).filter((name) => name !== reader);
  if (others.length === users.length) return WORDS.forPeople(listed(others));
  return others.length === 0 ? WORDS.forYou : WORDS.forPeople(listed(["you", ...others]));
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
