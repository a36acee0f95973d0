// Names as people write them, and what they stand for in the CRM. Pure.

/** Whether two names are the same to a person: `call_new_buyer` is "Call new buyer". */
export const alike = (one: string, other: string): boolean => plain(one) === plain(other);

const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[\s_-]+/g, " ")
    .trim();

/** The id under which the CRM has something of this name. */
export const idNamed = (
  names: Readonly<Record<string, string>>,
  gone: ReadonlySet<string>,
  name: string,
): string | undefined => Object.entries(names).find(([id, known]) => !gone.has(id) && alike(known, name))?.[0];
