// The chart as a Mermaid flowchart: text that a repository's pages draw by themselves.

import type { Box, BoxKind, Chart, Item } from "./chart.ts";

/** A way that is open below: from which box, and under which label. */
interface Open {
  readonly from: string;
  readonly label: string;
}

const SHAPES: Readonly<Record<BoxKind, readonly [string, string]>> = {
  start: ["([", "])"],
  step: ["[", "]"],
  send: ["[/", "/]"],
  wait: ["(", ")"],
  choice: ["{{", "}}"],
  end: ["([", "])"],
  note: ["[", "]"],
};

export function mermaidOf(chart: Chart): string {
  const lines: string[] = [
    "flowchart TD",
    `  accTitle: ${plain(chart.name)}`,
    `  accDescr: ${plain(`Steps, waits and branches of the workflow ${chart.workflow}.`)}`,
  ];
  const edges: string[] = [];
  const draw = (items: readonly Item[], entering: readonly Open[]): readonly Open[] => {
    let open = entering;
    for (const item of items) {
      if ("jump" in item) {
        connect(open, chart.ids.get(item.jump) ?? item.jump, edges);
        open = [];
        continue;
      }
      lines.push(`  ${boxLine(item.box)}`);
      connect(open, item.box.id, edges);
      const own: Open = { from: item.box.id, label: "" };
      if (item.branches.length === 0) open = item.ends ? [] : [own];
      else open = item.branches.flatMap(({ label, items: inner }) => draw(inner, [{ ...own, label }]));
    }
    return open;
  };
  draw(chart.items, []);
  if (chart.aside.length > 0) {
    lines.push('  subgraph anytime["At any time"]', ...chart.aside.map((box) => `    ${boxLine(box)}`), "  end");
  }
  return [...lines, ...edges, ""].join("\n");
}

function connect(open: readonly Open[], to: string, edges: string[]): void {
  for (const { from, label } of open) {
    edges.push(label === "" ? `  ${from} --> ${to}` : `  ${from} -->|"${escaped(shortened(label))}"| ${to}`);
  }
}

function boxLine({ id, kind, title, lines }: Box): string {
  const [open, close] = SHAPES[kind];
  const text = [`<b>${escaped(title)}</b>`, ...lines.map((line) => escaped(shortened(line)))].join("<br/>");
  return `${id}${open}"${text}"${close}`;
}

const MOST = 160;
const shortened = (text: string): string => (text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text);

/** Everything but letters, digits and plain signs as a character reference, which Mermaid reads with a #. */
const escaped = (text: string): string =>
  text.replace(/\s+/g, " ").replace(/[^\p{L}\p{N} .,:+\-_'’…/]/gu, (sign) => `#${sign.codePointAt(0)};`);

const plain = (text: string): string => text.replace(/[\s;#:{}]+/g, " ").trim();
