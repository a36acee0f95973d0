// What a card shows when it has nothing, not yet, or cannot.

import { type ReactNode, useEffect, useState } from "react";
import { Problem } from "../api.ts";
import { WORDS } from "../words.ts";

/** The page's own bones; nothing for the first 150 ms, so that a quick answer does not flash. */
export function Bones({ rows, height = 44 }: { rows: number; height?: number }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="bones" data-shown={shown} aria-hidden="true">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows of nothing have no other name
        <div key={row} style={{ height }}>
          <span style={{ width: `${58 - ((row * 17) % 31)}%` }} />
        </div>
      ))}
    </div>
  );
}

export function Empty({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className="empty">
      <p>{children}</p>
      {action}
    </div>
  );
}

interface Failure {
  readonly what: string;
  readonly error: Error;
  readonly again: () => void;
  /** What is said where there is no such thing, or its address is none. */
  readonly none?: string;
}

export function Failed({ what, error, again, none = WORDS.gone }: Failure) {
  const gone = error instanceof Problem && (error.status === 404 || (error.status === 400 && none !== WORDS.gone));
  return (
    <div className="empty" role="alert">
      <p>{gone ? none : WORDS.failedLoad(what)}</p>
      {gone ? null : (
        <button type="button" className="button" onClick={again}>
          {WORDS.tryNow}
        </button>
      )}
    </div>
  );
}
