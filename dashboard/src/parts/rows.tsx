// Lists that stay still: new rows enter only while nobody reads, points or selects; else they gather behind "n new".

import { type KeyboardEvent, type RefObject, useCallback, useEffect, useMemo, useRef, useState } from "react";

interface Named {
  readonly id: string;
}

/** At most two insertions a second. */
const LET_IN_MS = 500;
/** Nearer to the top than this counts as at the top. */
const AT_TOP = 8;

/**
 * What of a list is shown, and how many rows wait. Rows that are shown change in place; rows never seen are let in
 * when the reader is at the top with no pointer, focus or selection inside, or asks for them.
 */
export function useStill<Item extends Named>(items: readonly Item[], box: RefObject<HTMLElement | null>) {
  const [kept, setKept] = useState(items);
  const inside = useRef(false);
  const letIn = useCallback(() => setKept(items), [items]);

  const { shown, waiting } = useMemo(() => standing(kept, items), [kept, items]);

  const [held, setHeld] = useState(false);
  const lastIn = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (waiting === 0) return setHeld(false);
    const look = () => {
      const reading =
        inside.current || window.scrollY > AT_TOP || (box.current?.contains(document.activeElement) ?? false);
      const selecting = (window.getSelection()?.toString() ?? "") !== "";
      setHeld(reading || selecting);
      if (reading || selecting || document.hidden) return;
      lastIn.current = performance.now();
      letIn();
    };
    const first = setTimeout(look, Math.max(0, LET_IN_MS - (performance.now() - lastIn.current)));
    const again = setInterval(look, LET_IN_MS);
    return () => {
      clearTimeout(first);
      clearInterval(again);
    };
  }, [waiting, letIn, box]);

  return {
    shown,
    /** How many rows wait for the reader to ask. */
    waiting: held ? waiting : 0,
    show: useCallback(() => {
      letIn();
      window.scrollTo({ top: 0 });
    }, [letIn]),
    pointer: {
      onPointerEnter: (event: { pointerType: string }) => {
        if (event.pointerType === "mouse") inside.current = true;
      },
      onPointerLeave: () => {
        inside.current = false;
      },
    },
  };
}

/**
 * What is read stays, as it is now, even when newer things have pushed it out of memory; what comes in below it
 * (older pages) moves nothing that is read.
 */
export function standing<Item extends Named>(kept: readonly Item[], items: readonly Item[]) {
  if (kept.length === 0) return { shown: items, waiting: 0 };
  const now = new Map(items.map((item) => [item.id, item]));
  const known = new Set(kept.map((item) => item.id));
  const last = items.findLastIndex((item) => known.has(item.id));
  const below = last === -1 ? [] : items.slice(last + 1);
  return {
    shown: [...kept.map((item) => now.get(item.id) ?? item), ...below],
    waiting: items.filter((item) => !known.has(item.id)).length - below.length,
  };
}

/** `j`, `k` and arrows move along the rows of the page's list, `w` asks why, `n` shows what is new. */
export function useRowKeys(box: RefObject<HTMLElement | null>, show?: () => void) {
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (isTyping(event) || document.querySelector('[role="dialog"]') !== null) return;
      const rows = [...(box.current?.querySelectorAll<HTMLElement>("[data-row]") ?? [])];
      const at = rows.findIndex((row) => row.contains(document.activeElement));
      const go = (to: number) => {
        const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
        const target = row?.querySelector<HTMLElement>("[data-open]");
        target?.focus();
        target?.scrollIntoView({ block: "nearest" });
      };
      if (event.key === "j" || (event.key === "ArrowDown" && at !== -1)) go(at + 1);
      else if (event.key === "k" || (event.key === "ArrowUp" && at !== -1)) go(at === -1 ? 0 : at - 1);
      else if (event.key === "w") rows[at]?.querySelector<HTMLElement>("[data-why]")?.click();
      else if (event.key === "n" && show !== undefined) show();
      else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [box, show]);
}

export function isTyping(event: globalThis.KeyboardEvent | KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  return (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  );
}
