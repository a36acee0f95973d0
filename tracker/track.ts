// The tracker of a team's own site: what a visitor looks at, told to Latchkey. It keeps nothing in the browser, and says
// nothing of who it is, before the visitor has agreed; where the browser asks not to be tracked it does nothing at all.

import { findProperty } from "./property.ts";

type Properties = Record<string, unknown>;
interface Waiting {
  type: string;
  at: number;
  properties: Properties;
}
interface Who {
  email?: string;
  phone?: string;
}
interface Latchkey {
  (type: string, properties?: unknown): void;
  q?: [string, unknown?][];
  consent?(agreed: boolean): void;
  identify?(who: Who): void;
}
declare const window: Window & { latchkey?: Latchkey };

const KEY = "latchkey";
/** Milliseconds after a page appears at which it is looked at: what a single-page site shows comes late. */
const LOOKS = [300, 1000, 3000];
const TOGETHER = 1000;

const script = document.currentScript as HTMLScriptElement;
const { site = "", consent: mode = "ask" } = script.dataset;
const target = new URL(`/v1/track?site=${site}`, script.src).href;
const asked = navigator as Navigator & { globalPrivacyControl?: boolean; webdriver?: boolean };

/** The browser asks for privacy, or a program drives it. */
const unasked = asked.globalPrivacyControl || navigator.doNotTrack === "1" || asked.webdriver;
let off = !!unasked;
let agreed = false;
let visitor = `p_${random()}`;
let pass: string | null = null;
let who: Who = {};
let queue: Waiting[] = [];
let timer = 0;

function random(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(20)), (byte) => (byte % 36).toString(36)).join("");
}

/** The browser may refuse to keep anything: then the visitor is known for this page alone. */
function kept(value?: string | null): string | null {
  try {
    if (value === null) localStorage.removeItem(KEY);
    else if (value) localStorage.setItem(KEY, value);
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function flush(): void {
  clearTimeout(timer);
  timer = 0;
  const waiting = queue.splice(0);
  if (off || (!waiting[0] && !pass && !who.email && !who.phone)) return;
  const now = Date.now();
  const body = JSON.stringify({
    visitor,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...(agreed && { ...(pass && { pass }), ...who }),
    events: waiting.map(({ at, ...event }) => ({ ...event, ago: now - at })),
  });
  if (agreed) {
    pass = null;
    who = {};
  }
  if (!navigator.sendBeacon?.(target, body))
    fetch(target, { method: "POST", body, keepalive: true, credentials: "omit" }).catch(() => {});
}

function tell(type: string, properties: Properties = {}): void {
  if (off || (mode === "require" && !agreed)) return;
  queue.push({ type, at: Date.now(), properties });
  if (queue.length > 30) flush();
  else timer ||= window.setTimeout(flush, TOGETHER);
}

const latchkey: Latchkey = (type, properties) => {
  if (type === "consent") consent(!!properties);
  else if (type === "identify") identify(properties as Who);
  else {
    const given = (properties ?? {}) as Properties;
    const bare = type === "property_view" && given["id"];
    if (bare) home = String(bare);
    tell(type, bare ? { property: given } : given);
  }
};

function consent(yes: boolean): void {
  if (yes && agreed) return;
  // what was seen before was seen by nobody in particular
  if (yes) flush();
  else queue = [];
  agreed = yes;
  off = unasked || !yes;
  visitor = `v_${random()}`;
  if (!off) visitor = kept() ?? kept(visitor) ?? visitor;
  else kept(null);
  if (yes && mode === "require") arrive();
  if (pass) flush();
}

/** Says who the visitor is, where they have agreed. */
function identify({ email, phone }: Who): void {
  if (!agreed) return;
  who = { ...(email && { email }), ...(phone && { phone }) };
  flush();
}

// Pages ----------------------------------------------------------------------------------------------------------------

let page = "";
let since = 0;
let home: string | undefined;
let looks: number[] = [];

function arrive(): void {
  leave();
  page = location.href;
  since = Date.now();
  let told = false;
  looks = LOOKS.map((wait, nth) =>
    window.setTimeout(() => {
      if (!told) tell("website_visit", { url: page, title: document.title.slice(0, 200), referrer: document.referrer });
      told = true;
      const found = findProperty();
      // what stood there before may stand there still
      if (found && found.id !== home) tell("property_view", { property: found, url: page });
      if (found || nth > 0) home = found?.id;
    }, wait),
  );
}

/** Time on a page is time in sight of it: what is told adds up. */
function rest(): void {
  const seconds = Math.round((Date.now() - since) / 1000);
  if (since && seconds > 0) tell("page.left", { url: page, seconds, ...(home && { property: { id: home } }) });
  since = 0;
  flush();
}

function leave(): void {
  looks.forEach(clearTimeout);
  if (page) rest();
}

function moved(isNew: boolean): void {
  const from = new URL(page || location.href);
  const route = ({ hash }: { hash: string }) => (/^#[/!]/.test(hash) ? hash : "");
  const same = from.pathname === location.pathname && route(from) === route(location);
  if (!same || (isNew && from.search !== location.search)) arrive();
}

const { history } = window;
const replace = history.replaceState;
for (const name of ["pushState", "replaceState"] as const) {
  const original = history[name];
  history[name] = function (...given) {
    original.apply(this, given);
    moved(name === "pushState");
  };
}
addEventListener("popstate", () => moved(true));
addEventListener("pagehide", rest);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) rest();
  else since = Date.now();
});

// Forms and documents --------------------------------------------------------------------------------------------------

const nameOf = (form: HTMLFormElement) =>
  ["data-latchkey-form", "name", "id"].map((name) => form.getAttribute(name)).find(Boolean) ?? location.pathname;
/** A sign-in is nobody's business, nor is a form that says so. */
const formOf = (target: EventTarget | null) => {
  const form = (target as Element | null)?.closest?.("form");
  return form && !form.querySelector("[type=password]") && form.dataset["latchkey"] !== "ignore" ? form : undefined;
};
const begun = new WeakSet<HTMLFormElement>();

document.addEventListener("input", ({ target }) => {
  const form = formOf(target);
  if (!form || begun.has(form)) return;
  begun.add(form);
  tell("form.started", { form: nameOf(form), url: page });
});
document.addEventListener(
  "submit",
  ({ target }) => {
    const form = formOf(target);
    if (!form) return;
    const field = (kind: string, names: RegExp) =>
      [...form.querySelectorAll("input")].find(
        ({ type, name, value }) => value && (type === kind || (type === "text" && names.test(name))),
      )?.value;
    tell("form.submitted", { form: nameOf(form), url: page });
    const [email, phone] = [field("email", /e-?mail/i), field("tel", /phone|mobile/i)];
    if (form.dataset["latchkey"] !== "anonymous") identify({ ...(email && { email }), ...(phone && { phone }) });
    flush();
  },
  true,
);
document.addEventListener("click", ({ target }) => {
  const link = (target as Element | null)?.closest?.("a");
  if (link && (link.hasAttribute("download") || /\.(pdf|docx?|xlsx?)$/i.test(link.pathname)))
    tell("document.downloaded", { document: link.pathname.split("/").pop(), url: page });
});

// Begin ----------------------------------------------------------------------------------------------------------------

const here = new URL(location.href);
pass = here.searchParams.get("lk");
if (pass) {
  here.searchParams.delete("lk");
  replace.call(history, history.state, "", here.href);
}
latchkey.consent = consent;
latchkey.identify = identify;
const early = window.latchkey?.q ?? [];
window.latchkey = latchkey;
if (!off && (mode === "given" || kept())) consent(true);
for (const [type, properties] of early) latchkey(type, properties);
if (!page && mode !== "require") arrive();
