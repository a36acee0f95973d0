// Which statements a connection keeps prepared: those that are asked again and again. Planning was two fifths of
// the database's time; docs/decisions/prepared-statements.md.

/** Asked so often before it is prepared: what a page asks now and then would fill the memory of every connection. */
const OFTEN = 20;
/** Texts that are counted, at most: a text that is made up each time is not worth counting. */
const COUNTED = 1_000;

export interface Statements {
  /** The name under which a connection prepares this text; undefined: not prepared. One text, one name. */
  nameOf(text: string): string | undefined;
}

/** Of one pool. */
export function openStatements(): Statements {
  const counts = new Map<string, number>();
  const names = new Map<string, string>();
  return {
    nameOf(text) {
      const name = names.get(text);
      if (name !== undefined) return name;
      const count = (counts.get(text) ?? 0) + 1;
      if (count >= OFTEN) {
        counts.delete(text);
        names.set(text, `latchkey_${names.size}`);
      } else if (counts.has(text) || counts.size < COUNTED) counts.set(text, count);
      return names.get(text);
    },
  };
}
