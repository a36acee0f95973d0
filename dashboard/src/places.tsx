// The pages one can go to: all of them beside the page or below it, and on a phone the first four, the others behind More.

import * as Dialog from "@radix-ui/react-dialog";
import { Link, useMatchRoute } from "@tanstack/react-router";
import { useState, useSyncExternalStore } from "react";
import { useHouse } from "./data.tsx";
import { Icon, type IconName } from "./parts/marks.tsx";
import { WORDS } from "./words.ts";

interface Place {
  readonly to: "/today" | "/leads" | "/workflows" | "/messages" | "/models" | "/system" | "/settings";
  readonly word: string;
  readonly icon: IconName;
  /** Goes there, after `g`. */
  readonly key: string;
  /** For those who see the whole team: an agent's messages are on the pages of the agent's leads. */
  readonly ofTeam?: true;
}

export const PLACES: readonly Place[] = [
  { to: "/today", word: WORDS.now, icon: "now", key: "t" },
  { to: "/leads", word: WORDS.leads, icon: "people", key: "l" },
  { to: "/workflows", word: WORDS.flows, icon: "flow", key: "f" },
  { to: "/messages", word: WORDS.messages, icon: "sms", key: "m", ofTeam: true },
  { to: "/models", word: WORDS.models, icon: "model", key: "o", ofTeam: true },
  { to: "/system", word: WORDS.system, icon: "pulse", key: "s", ofTeam: true },
  { to: "/settings", word: WORDS.settings, icon: "gear", key: "c", ofTeam: true },
];

/** As app.css has it: what stands side by side on a phone's 320 px with its words whole. */
const PHONE = "(max-width: 639px)";
const SIDE_BY_SIDE = 5;

export function Places() {
  const { session } = useHouse();
  const isPhone = useMedia(PHONE);
  const places = PLACES.filter(({ ofTeam }) => session.role !== "agent" || !ofTeam);
  // the colors are one more
  const first = isPhone && places.length + 1 > SIDE_BY_SIDE ? SIDE_BY_SIDE - 1 : places.length;
  return (
    <>
      <Links places={places.slice(0, first)} />
      <span className="grow" />
      {first < places.length ? <More places={places.slice(first)} /> : <ThemeSwitch />}
    </>
  );
}

function Links({ places, onGo }: { places: readonly Place[]; onGo?: () => void }) {
  return places.map(({ to, word, icon }) => (
    <Link
      key={to}
      to={to}
      className="place"
      activeProps={{ className: "place here", "aria-current": "page" }}
      {...(onGo === undefined ? {} : { onClick: onGo })}
    >
      <Icon name={icon} />
      <span>{word}</span>
    </Link>
  ));
}

function More({ places }: { places: readonly Place[] }) {
  const [open, setOpen] = useState(false);
  const matches = useMatchRoute();
  const isHere = places.some(({ to }) => matches({ to, fuzzy: true }));
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger className={isHere ? "place here" : "place"}>
        <Icon name="more" />
        <span>{WORDS.more}</span>
      </Dialog.Trigger>
      <Dialog.Portal>
        <div className="scrim" aria-hidden="true" />
        <Dialog.Content className="more-places" aria-describedby={undefined}>
          <Dialog.Title className="hidden">{WORDS.more}</Dialog.Title>
          <Links places={places} onGo={() => setOpen(false)} />
          <ThemeSwitch />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const media = matchMedia(query);
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    () => matchMedia(query).matches,
  );
}

const THEMES = ["system", "light", "dark"] as const;

function ThemeSwitch() {
  const [theme, setTheme] = useState<(typeof THEMES)[number]>(() => {
    const kept = localStorage.getItem("theme");
    return kept === "light" || kept === "dark" ? kept : "system";
  });
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] as (typeof THEMES)[number];
  const words = { system: WORDS.system_theme, light: WORDS.light, dark: WORDS.dark };
  const change = () => {
    if (next === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", next);
    window.dispatchEvent(new Event("latchkey:theme"));
    setTheme(next);
  };
  return (
    <button
      type="button"
      className="place"
      onClick={change}
      aria-label={`Colors: ${words[theme]}`}
      title={`Colors: ${words[theme]}`}
    >
      <Icon name={theme === "system" ? "device" : theme === "light" ? "sun" : "moon"} />
      <span>{WORDS.colors}</span>
    </button>
  );
}
