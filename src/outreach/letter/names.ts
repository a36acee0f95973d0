// What names stand for in the CRM. Pure.

import { alike } from "../../kernel/alike.ts";

/** The id under which the CRM has something of this name. */
export const idNamed = (
  names: Readonly<Record<string, string>>,
  gone: ReadonlySet<string>,
  name: string,
): string | undefined => Object.entries(names).find(([id, known]) => !gone.has(id) && alike(known, name))?.[0];
