// Like things in a row become one: "viewed 14 Alder Court ×3". Used by the API and by the page, so that both agree.

export interface Foldable {
  readonly id: string;
  readonly fold?: string;
  readonly count?: number;
  readonly lead?: { readonly id: string };
}

/** Newest first in, newest first out; the newest of each row of likes stands for all, with their number. */
export function folded<Item extends Foldable>(items: readonly Item[]): (Item & { readonly count?: number })[] {
  const out: (Item & { readonly count?: number })[] = [];
  for (const item of items) {
    const last = out.at(-1);
    const alike = last?.fold !== undefined && last.fold === item.fold && last.lead?.id === item.lead?.id;
    if (last !== undefined && alike) out[out.length - 1] = { ...last, count: (last.count ?? 1) + (item.count ?? 1) };
    else out.push(item);
  }
  return out;
}
