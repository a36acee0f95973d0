// How often the loops of a Liquid text go round, where the text itself says so: a range of a billion costs nothing to
// write. Loops over a lead's own lists are short; whatever else takes long, rendering stops.

export interface Loop {
  readonly from: number;
  readonly to: number;
  readonly passes: number;
}

const RANGE = /\(\s*(-?\d{1,18})\s*\.\.\s*(-?\d{1,18})\s*\)/;
const PARTS = /\{%-?\s*(end)?(for|tablerow)\b([^%]{0,2000})%\}|\(\s*-?\d{1,18}\s*\.\.\s*-?\d{1,18}\s*\)/g;

/** Ranges and nested loops over more than `most` passes, outermost first. */
export function loopsIn(text: string, most: number): Loop[] {
  const found: Loop[] = [];
  const around: number[] = [];
  for (const match of text.matchAll(PARTS)) {
    const passes = lengthOf(match[0]);
    const isLoop = match[2] !== undefined;
    if (match[1] !== undefined) {
      around.pop();
      continue;
    }
    const times = (around.at(-1) ?? 1) * passes;
    if (times > most && (around.at(-1) ?? 1) <= most) {
      found.push({ from: match.index, to: match.index + match[0].length, passes: times });
    }
    if (isLoop) around.push(times);
  }
  return found;
}

function lengthOf(text: string): number {
  const range = RANGE.exec(text);
  return range === null ? 1 : Math.max(1, Number(range[2]) - Number(range[1]) + 1);
}
