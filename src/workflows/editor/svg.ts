// The chart as a drawing of its own: boxes down the page, branches beside each other, lines at right angles. Placed
// by one walk, so that the same plan is the same file, and nothing lies over anything else.

import type { Box, Chart, Item } from "./chart.ts";

export interface PlacedBox {
  readonly box: Box;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly rows: readonly string[];
}

type Point = readonly [x: number, y: number];

export interface PlacedEdge {
  readonly from: string;
  readonly to: string;
  readonly points: readonly Point[];
}

interface PlacedLabel {
  readonly x: number;
  readonly y: number;
  readonly rows: readonly string[];
}

export interface Layout {
  readonly boxes: readonly PlacedBox[];
  readonly edges: readonly PlacedEdge[];
  readonly labels: readonly PlacedLabel[];
  readonly width: number;
  readonly height: number;
}

const WIDTH = 250;
const GAP = 34;
const ROW = 17;
const PAD = 12;
const MARGIN = 24;
const LETTERS = 31;
const ABREAST = 4;
const MOST_ROWS = 6;
const HEAD = 76;

/** A way that is open below, with the line drawn so far. */
interface Open {
  readonly from: string;
  readonly x: number;
  readonly points: readonly Point[];
}

interface Area {
  readonly right: number;
  readonly bottom: number;
  readonly open: readonly Open[];
}

export function layoutOf(chart: Chart): Layout {
  const drawing = new Drawing(arrivalsOf(chart.items));
  const aside = drawing.row(chart.aside, MARGIN, HEAD);
  const main = drawing.list(chart.items, MARGIN, aside.bottom, []);
  return {
    ...drawing.drawn(),
    width: Math.max(aside.right, main.right, 480) + MARGIN,
    height: main.bottom + MARGIN,
  };
}

/** From where each step is skipped to: said in its box, because a line across the page would be lost in it. */
function arrivalsOf(items: readonly Item[], from = "", found = new Map<string, string[]>()): Map<string, string[]> {
  let above = from;
  for (const item of items) {
    if ("jump" in item) found.set(item.jump, [...(found.get(item.jump) ?? []), above]);
    else {
      above = item.box.title;
      for (const branch of item.branches) arrivalsOf(branch.items, above, found);
    }
  }
  return found;
}

class Drawing {
  private readonly boxes: PlacedBox[] = [];
  private readonly edges: PlacedEdge[] = [];
  private readonly labels: PlacedLabel[] = [];
  private readonly arrivals: ReadonlyMap<string, readonly string[]>;
  private jumps = 0;

  constructor(arrivals: ReadonlyMap<string, readonly string[]>) {
    this.arrivals = arrivals;
  }

  drawn(): Pick<Layout, "boxes" | "edges" | "labels"> {
    return { boxes: this.boxes, edges: this.edges, labels: this.labels };
  }

  /** One list of steps, downwards from the top left. */
  list(items: readonly Item[], left: number, top: number, entering: readonly Open[]): Area {
    let open = entering;
    let y = top;
    let right = left + WIDTH;
    items.forEach((item, index) => {
      const isFirst = index === 0;
      if (!isFirst || open.length > 1) y += GAP;
      const placed = this.box("jump" in item ? this.jumpBox(item.jump) : item.box, left, y);
      this.connect(open, placed, isFirst ? y : y - GAP / 2);
      y += placed.height;
      if ("jump" in item) open = [];
      else if (item.branches.length === 0) open = item.ends ? [] : [startOf(placed)];
      else {
        const area = this.branches(item.branches, placed, left);
        right = Math.max(right, area.right);
        y = area.bottom;
        open = area.open;
      }
    });
    return { right, bottom: y, open };
  }

  /** Boxes that stand for themselves, beside each other; so many to a row. */
  row(boxes: readonly Box[], left: number, top: number): Omit<Area, "open"> {
    let [x, y, bottom] = [left, top, top];
    boxes.forEach((box, index) => {
      if (index > 0 && index % ABREAST === 0) [x, y] = [left, bottom];
      const placed = this.box(box, x, y);
      bottom = Math.max(bottom, placed.y + placed.height + GAP);
      x += WIDTH + GAP;
    });
    return { right: left + Math.min(boxes.length, ABREAST) * (WIDTH + GAP) - GAP, bottom };
  }

  private branches(
    branches: readonly { label: string; items: readonly Item[] }[],
    from: PlacedBox,
    left: number,
  ): Area {
    const fork = from.y + from.height + GAP / 2;
    const labels = branches.map(({ label }) => wrapped(label, LETTERS, 5));
    const tallest = Math.max(...labels.map((rows) => rows.length));
    const top = fork + GAP / 2 + tallest * ROW + (tallest > 0 ? PAD : 0);
    let x = left;
    let bottom = top;
    const open: Open[] = [];
    branches.forEach(({ items }, index) => {
      const middle = x + WIDTH / 2;
      const rows = labels[index] as readonly string[];
      if (rows.length > 0) this.labels.push({ x: middle, y: fork + GAP / 2, rows });
      const start = startOf(from);
      const points: Point[] =
        middle === start.x ? start.points.slice() : [...start.points, [start.x, fork], [middle, fork]];
      const area = this.list(items, x, top, [{ ...start, x: middle, points }]);
      bottom = Math.max(bottom, area.bottom);
      open.push(...area.open);
      x = area.right + GAP;
    });
    return { right: x - GAP, bottom, open };
  }

  private box(box: Box, x: number, y: number): PlacedBox {
    const arrivals = this.arrivals.get(box.path ?? "") ?? [];
    const lines = arrivals.length === 0 ? box.lines : [...box.lines, `↳ from ${arrivals.join(", ")}`];
    const rows = lines.flatMap((line) => wrapped(line, LETTERS, MOST_ROWS));
    const height = 2 * PAD + ROW * (1 + rows.length);
    const placed: PlacedBox = { box, x, y, width: WIDTH, height, rows };
    this.boxes.push(placed);
    return placed;
  }

  private jumpBox(target: string): Box {
    this.jumps += 1;
    return { id: `jump${this.jumps}`, kind: "end", title: `↪ ${target}`, lines: [] };
  }

  private connect(open: readonly Open[], to: PlacedBox, bus: number): void {
    const middle = to.x + to.width / 2;
    for (const { from, x, points } of open) {
      const bend: Point[] =
        x === middle
          ? []
          : [
              [x, bus],
              [middle, bus],
            ];
      this.edges.push({ from, to: to.box.id, points: [...points, ...bend, [middle, to.y]] });
    }
  }
}

const startOf = ({ box, x, y, width, height }: PlacedBox): Open => ({
  from: box.id,
  x: x + width / 2,
  points: [[x + width / 2, y + height]],
});

/** Rows of at most so many letters; what does not fit ends in an ellipsis, and stands whole in the tooltip. */
function wrapped(text: string, letters: number, most: number): string[] {
  const rows: string[] = [];
  let row = "";
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    for (let rest = word; rest !== ""; rest = rest.slice(letters)) {
      const part = rest.slice(0, letters);
      if (row === "") row = part;
      else if (row.length + 1 + part.length <= letters) row += ` ${part}`;
      else {
        rows.push(row);
        row = part;
      }
    }
  }
  if (row !== "") rows.push(row);
  if (rows.length <= most) return rows;
  const kept = rows.slice(0, most);
  kept[most - 1] = `${(kept[most - 1] as string).slice(0, letters - 1)}…`;
  return kept;
}

// Writing --------------------------------------------------------------------------------------------------------

const STYLE = `
.latchkey{--page:#fff;--ink:#1c2430;--soft:#5b6675;--line:#8792a2;--step:#f3f5f8;--start:#e3edfb;--send:#e2f3e8;--wait:#fdf3d8;--choice:#ede7f8;--end:#f7e3e3;--note:#fff;background:var(--page);font:13px/1.3 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
@media (prefers-color-scheme:dark){.latchkey{--page:#12161c;--ink:#e8edf4;--soft:#a4b0c0;--line:#6c7889;--step:#1f2630;--start:#1c2f4a;--send:#1b3a29;--wait:#3d3213;--choice:#312748;--end:#45201f;--note:#12161c}}
.latchkey .page{fill:var(--page)}
.latchkey text{fill:var(--ink)}
.latchkey .soft{fill:var(--soft)}
.latchkey .name{font-weight:600}
.latchkey .head{font-size:18px;font-weight:600}
.latchkey .box{stroke:var(--line)}
.latchkey .start{fill:var(--start)}.latchkey .step{fill:var(--step)}.latchkey .send{fill:var(--send)}.latchkey .wait{fill:var(--wait)}.latchkey .choice{fill:var(--choice)}.latchkey .end{fill:var(--end)}.latchkey .note{fill:var(--note);stroke-dasharray:4 3}
.latchkey .edge{fill:none;stroke:var(--line);stroke-width:1.5}
.latchkey .tip{fill:var(--line)}
`;

export function svgOf(chart: Chart): string {
  const { boxes, edges, labels, width, height } = layoutOf(chart);
  const named = `latchkey-${chart.workflow}`;
  const steps = boxes.filter(({ box }) => !box.id.startsWith("jump") && box.kind !== "note").length - 2;
  const about = [chart.about ?? "", `${steps} steps, from enrollment at the top to completion at the bottom.`];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="latchkey" role="img" aria-labelledby="${named}-title ${named}-desc" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title id="${named}-title">${xml(chart.name)}</title>`,
    `<desc id="${named}-desc">${xml(about.join(" ").trim())}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    `<text class="head" x="${MARGIN}" y="34">${xml(chart.name)}</text>`,
    `<text class="soft" x="${MARGIN}" y="54">${xml(chart.workflow)}</text>`,
    ...edges.map(edgeText),
    ...labels.map(labelText),
    ...boxes.map(boxText),
    "</svg>",
    "",
  ].join("\n");
}

function edgeText({ points }: PlacedEdge): string {
  const [x, y] = points.at(-1) as Point;
  const path = points.map(([px, py], index) => `${index === 0 ? "M" : "L"}${px} ${py}`).join("");
  return `<path class="edge" d="${path}"/><path class="tip" d="M${x - 4} ${y - 7}L${x + 4} ${y - 7}L${x} ${y}Z"/>`;
}

function labelText({ x, y, rows }: PlacedLabel): string {
  const wide = Math.max(...rows.map((row) => row.length)) * 7.4 + 8;
  const back = `<rect class="page" x="${round(x - wide / 2)}" y="${y}" width="${round(wide)}" height="${rows.length * ROW + 2}"/>`;
  const lines = rows.map(
    (row, index) => `<text class="soft" text-anchor="middle" x="${x}" y="${y + 13 + index * ROW}">${xml(row)}</text>`,
  );
  return [back, ...lines].join("");
}

function boxText({ box, x, y, width, height, rows }: PlacedBox): string {
  const corner = box.kind === "start" || box.kind === "end" ? 16 : box.kind === "wait" ? 10 : 4;
  const whole = [box.title, ...box.lines].join(": ");
  return [
    `<g><title>${xml(whole)}</title>`,
    `<rect class="box ${box.kind}" x="${x}" y="${y}" width="${width}" height="${height}" rx="${corner}"/>`,
    `<text class="name" x="${x + PAD}" y="${y + PAD + 12}">${xml(wrapped(box.title, LETTERS - 3, 1)[0] ?? "")}</text>`,
    ...rows.map((row, index) => `<text x="${x + PAD}" y="${y + PAD + 12 + (index + 1) * ROW}">${xml(row)}</text>`),
    "</g>",
  ].join("");
}

const round = (value: number): number => Math.round(value * 10) / 10;

const REFERENCES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const xml = (text: string): string => text.replace(/[&<>"]/g, (sign) => REFERENCES[sign] as string);
