// The frame around every page: where one is, where one can go, and whether what is shown is live.

import { Link, Outlet, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import { useHealth, useHouse, useNow } from "./data.tsx";
import { elsewhere, feedTime } from "./format.ts";
import { Glyph, Icon, Mark } from "./parts/marks.tsx";
import { isTyping } from "./parts/rows.tsx";
import { Why } from "./parts/why.tsx";
import { PLACES, Places } from "./places.tsx";
import { type Search, without } from "./search.ts";
import { KEYS, WORDS } from "./words.ts";

export function Shell() {
  const { why } = useSearch({ from: "__root__" });
  const navigate = useNavigate();
  const { session } = useHouse();
  const [help, setHelp] = useState(false);
  useKeys(() => setHelp((open) => !open));
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {WORDS.skip}
      </a>
      <nav className="rail" aria-label="Pages">
        <div className="team" title={session.teams[0]?.name}>
          <Mark />
          <span className="clip">{session.teams[0]?.name ?? WORDS.product}</span>
        </div>
        <Places />
      </nav>
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
      {why === undefined ? null : (
        <Why
          decision={why}
          onClose={() => void navigate({ to: ".", search: (old: Search) => without(old, "why"), resetScroll: false })}
        />
      )}
      {help ? <Keys onClose={() => setHelp(false)} /> : null}
    </div>
  );
}

/** A page's first line. */
export function Head({ title, context, back }: { title: ReactNode; context?: ReactNode; back?: boolean }) {
  const { session } = useHouse();
  return (
    <header className="head">
      {back ? (
        <Link to="/leads" className="icon-button back" aria-label={WORDS.back}>
          <Icon name="back" />
        </Link>
      ) : null}
      <h1 className="clip">{title}</h1>
      {context === undefined ? null : <p className="context clip">{context}</p>}
      <span className="grow" />
      <Clock />
      {session.simulated === undefined ? null : <span className="sim">{WORDS.simulated(session.simulated.speed)}</span>}
      <LiveState />
    </header>
  );
}

/** Whose clock the page goes by, for a reader somewhere else. */
function Clock() {
  const other = elsewhere(useNow(60_000));
  if (other === undefined) return null;
  return (
    <span className="clock clip" title={other.says}>
      {WORDS.clockOf(other.name)}
    </span>
  );
}

function LiveState() {
  const { health, asOf } = useHealth();
  const { live } = useHouse();
  const says = {
    connecting: WORDS.connecting,
    live: WORDS.live,
    reconnecting: WORDS.reconnecting,
    stale: WORDS.stale(feedTime(asOf)),
    held: WORDS.heldByHand,
    "signed-out": WORDS.signInAgain,
  }[health];
  const mark =
    health === "live" ? null : (
      <Glyph status={health === "stale" || health === "held" ? "held" : health === "signed-out" ? "off" : "run"} />
    );
  return (
    <button
      type="button"
      className={`live live-${health}`}
      aria-pressed={health === "held"}
      title="Pause or resume ( . )"
      onClick={() => live.hold(health !== "held")}
    >
      {mark ?? <span className="dot" aria-hidden="true" />}
      <span role="status">
        {says}
        {health === "stale" ? <span className="wide-only"> {WORDS.checking}</span> : null}
      </span>
    </button>
  );
}

function Keys({ onClose }: { onClose: () => void }) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && onClose();
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [onClose]);
  return (
    <aside className="keys" aria-label={WORDS.keys}>
      <dl>
        {KEYS.map(([key, does]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </aside>
  );
}

/** `g` and a letter goes to a page, `/` searches, `.` holds the page still, `?` tells the keys. */
function useKeys(toggleHelp: () => void) {
  const navigate = useNavigate();
  const { live } = useHouse();
  useEffect(() => {
    let going = 0;
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      const place = PLACES.find(({ key }) => key === event.key);
      if (place !== undefined && performance.now() - going < 1_500) {
        going = 0;
        void navigate({ to: place.to });
      } else if (event.key === "g") going = performance.now();
      else if (event.key === ".") live.hold(live.status().health !== "held");
      else if (event.key === "?") toggleHelp();
      else if (event.key === "/") {
        const field = document.querySelector<HTMLInputElement>('input[type="search"]');
        if (field === null) void navigate({ to: "/leads" });
        else field.focus();
      } else return;
      event.preventDefault();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [navigate, live, toggleHelp]);
}
