// Status glyphs (12 px, a shape of their own each) and the few icons, drawn here so that none is fetched.

import type { Status } from "../../../src/insights/index.ts";

const SAYS: Readonly<Record<Status, string>> = {
  run: "running",
  done: "done",
  held: "held",
  off: "not done",
  failed: "failed",
  asked: "unconfirmed",
  event: "",
};

/** @param label what it means here; without one it is decoration beside words that say the same */
export function Glyph({ status, label }: { status: Status; label?: string }) {
  const says = label === "" ? SAYS[status] : label;
  return (
    <span className="glyph-box">
      <svg className={`glyph glyph-${status}`} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        {shape(status)}
      </svg>
      {says ? <span className="hidden">{says} </span> : null}
    </span>
  );
}

function shape(status: Status) {
  switch (status) {
    case "run":
      return (
        <>
          <circle cx="6" cy="6" r="4.75" className="ring faint" />
          <path d="M6 1.25A4.75 4.75 0 0 1 10.75 6" className="ring turning" />
        </>
      );
    case "done":
      return (
        <>
          <circle cx="6" cy="6" r="5.5" className="fill" />
          <path d="m3.5 6.2 1.7 1.7 3.3-3.6" className="cut" />
        </>
      );
    case "held":
      return (
        <>
          <circle cx="6" cy="6" r="4.75" className="ring" />
          <path d="M4.8 4.2v3.6M7.2 4.2v3.6" className="ring" />
        </>
      );
    case "off":
      return (
        <>
          <circle cx="6" cy="6" r="4.75" className="ring" />
          <path d="m2.8 9.2 6.4-6.4" className="ring" />
        </>
      );
    case "failed":
      return (
        <>
          <path d="M6 .9 11.6 11H.4Z" className="fill" />
          <path d="M6 4.6v2.8M6 9.1v.1" className="cut" />
        </>
      );
    case "asked":
      return (
        <>
          <circle cx="6" cy="6" r="4.75" className="ring dashed" />
          <path d="M4.7 4.9a1.35 1.35 0 1 1 1.9 1.2c-.4.2-.6.4-.6.9M6 8.6v.1" className="ring thin" />
        </>
      );
    case "event":
      return <circle cx="6" cy="6" r="2.5" className="fill" />;
  }
}

const ICONS = {
  now: "M8 2v2.4M8 11.6V14M2 8h2.4M11.6 8H14M8 5.4a2.6 2.6 0 1 0 0 5.2 2.6 2.6 0 0 0 0-5.2",
  people:
    "M6 7.2a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M1.6 13.6a4.4 4.4 0 0 1 8.8 0M10.6 2.4a2.5 2.5 0 0 1 0 4.7M12 9.6a4.4 4.4 0 0 1 2.4 4",
  flow: "M3 2h4v4H3ZM9 10h4v4H9ZM5 6v6h4",
  pulse: "M1.5 8.5h3l2-5.5 3 10 2-4.5h3",
  model: "M2 13.5h12M3.5 11V8.5M6.5 11V6M9.5 11V7.5M12.5 11V3",
  gear: "M2 4.5h7M12.5 4.5H14M2 11.5h1.5M7 11.5h7M10.75 3v3M5.25 10v3",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10M10.7 10.7 14 14",
  more: "M3 7.6a.4.4 0 1 0 0 .8.4.4 0 0 0 0-.8M8 7.6a.4.4 0 1 0 0 .8.4.4 0 0 0 0-.8M13 7.6a.4.4 0 1 0 0 .8.4.4 0 0 0 0-.8",
  close: "m4 4 8 8M12 4l-8 8",
  back: "M9.5 3.5 5 8l4.5 4.5",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8 1.4v1.2M8 13.4v1.2M1.4 8h1.2M13.4 8h1.2M3.3 3.3l.9.9M11.8 11.8l.9.9M3.3 12.7l.9-.9M11.8 4.2l.9-.9",
  moon: "M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6a5.8 5.8 0 1 0 7 7",
  device: "M2 3.2h12v7.6H2ZM5.5 13.4h5",
  sms: "M2 3h12v8H7.5L4.5 13.6V11H2Z",
  email: "M2 3.5h12v9H2ZM2.3 4l5.7 4.6L13.7 4",
  voice:
    "M3.4 2.2h2.3l1.1 3-1.5 1.2a7.6 7.6 0 0 0 4.3 4.3l1.2-1.5 3 1.1v2.3c0 .7-.6 1.2-1.3 1.2A10.4 10.4 0 0 1 2.2 3.5c0-.7.5-1.3 1.2-1.3",
  whatsapp: "M2.2 13.8 3 11a5.9 5.9 0 1 1 2.2 2.1ZM6 5.4c-.4 2.4 2.2 5 4.6 4.6",
} as const;

export type IconName = keyof typeof ICONS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={ICONS[name]} />
    </svg>
  );
}

/** A keyhole in a rounded square. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 22 22" width="22" height="22" aria-hidden="true">
      <rect width="22" height="22" rx="6" />
      <path d="M11 5.2a3.4 3.4 0 0 0-1.7 6.35L8.4 16.4h5.2l-.9-4.85A3.4 3.4 0 0 0 11 5.2Z" />
    </svg>
  );
}
