// What of the CRM's words about a refusal is kept and shown. They may quote what was asked, or what it keeps of a person:
// so only the words stay that its errors are made of, and of all others that there was something. Pure and linear.

import { blot } from "../kernel/blot.ts";
import { clipped } from "../kernel/json.ts";

/**
 * Words of errors: of checks, of HTTP, of what the API knows, and names of its fields in their parts. No word is here by
 * which people speak of themselves or to each other, and none that only a number, a name or a message would have.
 *
 * @source HighLevel's OpenAPI files, its documented errors, and what its API has been seen to answer
 */
const WORDS = new Set(
  `10dlc 8601 a a2p acceptable access account accounts active add added address addresses after agency allow allowed allows
  already an and another any app appointment appointments archived are array as assign assigned associated at
  attachment attachments authorization authorized available bad be been being belong belongs between blocked body
  boolean bounced by calendar calendars call calls campaign can cannot capable carrier carriers channel channels character
  characters client closed code codes companies company complete completed config configured conflict connected
  connection contact contacts content conversation conversations could country create created creating credentials
  current currently custom customer daily data date day default delete deleted deliver delivered delivery denied
  destination different disabled disconnected disturb dnd do does doesn't doesnt domain domains due duplicate duplicated
  duplicates e e164 either email emails empty enable enabled end enrolled entity equal equals error errors exceed
  exceeded exceeding exceeds exist existing exists expected expired facebook failed failure field fields file files
  filter filters find firebase first following for forbidden format found free from gateway get gone grant grants
  greater group groups handset has have header headers html id ids in inactive inbound input insufficient integer internal
  into invalid is isn't isnt iso issued it item items jwt key keys landline landlines large last lc least length less
  level limit limited limits list location locations long longer mail mails many max maximum media message messages
  messaging method min minimum missing mobile more must name names no none not note notes null number numbers
  object of on one only operation operator opportunities opportunity opt opted optout or out outbound outside over
  page pagination parameter parameters parse parsed passed patch path payload pending per permanent permission
  permissions permitted phase phone phones pipeline pipelines plan positive post postal primary properties property
  provide provided provider put query ramp range rate reach reached read reason receive received recipient
  recipients record records refresh register registered registration rejected remove removed reply request requests
  require required requires resource response restricted retry route row same saved schema scope scopes search send
  sender sending sends sent server service set short shorter should size sms source stage stages state status string sub
  subaccount subject subscribed such supported supports suspended syntax tag tags task tasks template templates
  temporarily text texts than that the there this time timeout timezone title to token tokens toll too trace twilio
  type types unable unauthorized unavailable undefined undelivered unexpected unique unknown unprocessable
  unprocessed unreachable unreadable unregistered unsub unsubscribe unsubscribed unsupported unverified up update updated updates upgrade
  url use used user users using valid value values verification verified verify version via wallet was wasn't
  webhook website went were whatsapp when which will window with within without workflow workflows zero zone`
    .split(/\s+/)
    .filter((word) => word !== ""),
);

const LONGEST = 200;
/** Of a longer answer the beginning: it says what is wrong. */
const READ = 2_000;
const GAP = "…";

/**
 * @returns at most 200 characters: words of errors in their order and with their signs, `…` for whatever else was said
 */
export function saidOf(words: string): string {
  const text = blot(words.slice(0, READ), 7).replace(QUOTED, (quoted) => (isName(quoted.slice(1, -1)) ? quoted : GAP));
  const shown = text
    .replace(TOKEN, (token, at: number) => (isKnown(token) || isCode(token, text.slice(0, at)) ? token : GAP))
    .replace(/[^\p{ASCII}…]/gu, GAP)
    .replace(/…(?:[^\w()]*…)+/gu, GAP)
    .trim();
  return clipped(shown, LONGEST);
}

/** Between quotation marks something is quoted; one word there is a field's name. */
const QUOTED = /"[^"]*"|`[^`]*`|“[^”]*”|‘[^’]*’|«[^»]*»/g;
const TOKEN = /[\p{L}\p{M}\p{N}_'’]+/gu;

const isName = (text: string): boolean => /^[A-Za-z]+$/.test(text) && isKnown(text);

/** `toNumber`, `invalid_grant` and `DND` by their parts. */
function isKnown(token: string): boolean {
  const bare = token.replace(/^'(.+)'$/, "$1"); // Twilio's 'To' and 'From'
  if (WORDS.has(bare.toLowerCase())) return true;
  const parts = bare.split(/_|(?<=[a-z])(?=[A-Z])/).filter((part) => part !== "");
  return parts.length > 0 && parts.every((part) => WORDS.has(part.toLowerCase()));
}

/** A number that is an error's own: "Error code 21610". */
const isCode = (token: string, before: string): boolean =>
  /^\d{2,6}$/.test(token) && /\berror(?: code)?[ :#(]{1,3}$/i.test(before.slice(-16));
