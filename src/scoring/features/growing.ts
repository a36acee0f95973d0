// Rows to learn from, in typed columns that grow by doubling: what is held is the rows, never the events they come from.

import type { Column, Table } from "../learn/model.ts";

/** With each row whose it is and as of when, for splits by time, draws by lead and shifts by owner. */
export interface Examples extends Table {
  readonly weights: Float64Array;
  /** Instants. */
  readonly at: Float64Array;
  /** Place of the lead in `leads`. */
  readonly lead: Int32Array;
  readonly leads: readonly string[];
  /** Place of the CRM user in `owners`; -1: nobody's. */
  readonly owner: Int32Array;
  readonly owners: readonly string[];
}

export interface Example {
  readonly cells: Float64Array;
  readonly label: boolean;
  readonly weight: number;
  readonly at: number;
  readonly lead: string;
  readonly owner: string | undefined;
}

export interface Growing {
  push(example: Example): void;
  /** Keeps the rows of these leads only. */
  keep(wanted: (lead: string) => boolean): void;
  readonly rows: number;
  table(): Examples;
}

const FIRST_ROOM = 1_024;

export function growing(columns: readonly Column[]): Growing {
  let room = FIRST_ROOM;
  let rows = 0;
  let cells = columns.map(() => new Float64Array(room));
  let labels = new Uint8Array(room);
  let weights = new Float64Array(room);
  let at = new Float64Array(room);
  let lead = new Int32Array(room);
  let owner = new Int32Array(room);
  const leads = places();
  const owners = places();

  function grow() {
    room *= 2;
    const wider = <T extends Float64Array | Int32Array | Uint8Array>(held: T, next: T): T => {
      next.set(held);
      return next;
    };
    cells = cells.map((held) => wider(held, new Float64Array(room)));
    labels = wider(labels, new Uint8Array(room));
    weights = wider(weights, new Float64Array(room));
    at = wider(at, new Float64Array(room));
    lead = wider(lead, new Int32Array(room));
    owner = wider(owner, new Int32Array(room));
  }

  return {
    get rows() {
      return rows;
    },
    push(example) {
      if (rows === room) grow();
      for (let place = 0; place < cells.length; place += 1) {
        (cells[place] as Float64Array)[rows] = example.cells[place] as number;
      }
      labels[rows] = example.label ? 1 : 0;
      weights[rows] = example.weight;
      at[rows] = example.at;
      lead[rows] = leads.of(example.lead);
      owner[rows] = example.owner === undefined ? -1 : owners.of(example.owner);
      rows += 1;
    },
    keep(wanted) {
      const kept = leads.names.map(wanted);
      let to = 0;
      for (let from = 0; from < rows; from += 1) {
        if (kept[lead[from] as number] !== true) continue;
        for (const column of cells) column[to] = column[from] as number;
        labels[to] = labels[from] as number;
        weights[to] = weights[from] as number;
        at[to] = at[from] as number;
        lead[to] = lead[from] as number;
        owner[to] = owner[from] as number;
        to += 1;
      }
      rows = to;
    },
    table: () => ({
      columns,
      rows,
      cells: cells.map((column) => column.subarray(0, rows)),
      labels: labels.subarray(0, rows),
      weights: weights.subarray(0, rows),
      at: at.subarray(0, rows),
      lead: lead.subarray(0, rows),
      leads: leads.names,
      owner: owner.subarray(0, rows),
      owners: owners.names,
    }),
  };
}

function places() {
  const known = new Map<string, number>();
  const names: string[] = [];
  return {
    names: names as readonly string[],
    of(name: string): number {
      const held = known.get(name);
      if (held !== undefined) return held;
      known.set(name, names.length);
      return names.push(name) - 1;
    },
  };
}
