// Requests to stop by their form and not by their sentence: a verb of writing forbidden, a number or a name to be taken
// off, a permission withdrawn. Pure, over clauses as `compared` makes them; each form is linear in the text.

import { FRENCH } from "./french.ts";
import { prefiereEscrito, SPANISH } from "./spanish.ts";

const WORDS =
  "TEXTS|TEXT MESSAGES|TEXTING|MESSAGES|MESSAGING|CALLS|CALLING|PHONE CALLS|EMAILS|EMAILING|SMS|COMMUNICATIONS?|OUTREACH";
const VERB = "TEXT|CALL|CONTACT|MESSAGE|EMAIL|WRITE|DM|PHONE|REACH OUT|BOTHER|SOLICIT";
const VERBS = `(?:${VERB})(?: (?:OR|AND) (?:${VERB}))?(?: TO)?`;
const US = "ME|US|HERE|(?:TO )?(?:THIS|MY|OUR) (?:NUMBER|PHONE|CELL|EMAIL|LINE)|ANYMORE|ANY MORE|AGAIN|EVER";
const NOT = "(?:DO NOT|DON T|DONT)";
const OF_YOURS = "(?: (?:ANY|MORE|FURTHER|YOUR|THESE|THIS|THE|ALL|SUCH|OF|MY|ANOTHER|OTHER)){0,4}";
const PERMISSION = "(?:PERMISSIONS?|CONSENT|AUTHORI[SZ]ATION|APPROVAL)";
const REMOVE = "(?:REMOVE|DELETE|ERASE|SCRUB|PURGE|WIPE|STRIKE|DROP|LOSE|LOOSE|FORGET|TAKE|GET|PULL)";
const OURS =
  "(?:YOUR|THE|THIS|THESE|THAT|ALL|ANY|EVERY)(?: (?!LIST)\\p{L}+){0,2} (?:LISTS?|SYSTEM|DATABASE|CRM|CAMPAIGN|RECORDS|DIRECTORY)";
/** What begins a request: the beginning of a clause, and words of asking. */
const ASKING =
  "(?<=\\| (?:(?:PLEASE|PLS|PLZ|KINDLY|JUST|HI|HEY|HELLO|OK|OKAY|AND|SO|THEN|NOW|YOU|MUST|SHOULD|NEED|CAN|COULD|WOULD|WILL|WANT|D|LIKE|I|TO|ALSO|THANKS|NO) ){0,6})";
const BARE = "(?<=\\| (?:(?:PLEASE|PLS|PLZ|KINDLY|JUST|HI|HEY|HELLO|OK|OKAY|AND|SO|THANKS|SORRY) ){0,4})";
/** What may follow a request, and narrows nothing. */
const DONE =
  "(?= (?:\\||PLEASE|PLS|PLZ|NOW|THANKS?|THX|ANYMORE|ANY MORE|AGAIN|EVER|IMMEDIATELY|ASAP|AT ALL|FOREVER|SIR|OR I|TO (?:ME|US|THIS|MY)|FROM (?:YOU|THIS|NOW)|POR FAVOR|GRACIAS|YA|A (?:MI|ESTE)) )";

/** Nothing is repeated without a bound but a run of letters, which a blank ends: so each takes steps linear in the text. */
const SAID: readonly string[] = [
  // "please don't write to me again", "can you not text me", "do not reach out to me"
  `(?:${NOT}|(?:CAN|COULD|WOULD|WILL) YOU(?: PLEASE)? NOT)(?: (?:EVER|PLEASE|YOU))? ${VERBS} (?:${US})`,
  // "never message me", "never text"
  `${BARE}NEVER(?: EVER)? ${VERBS}(?: (?:${US})|${DONE})`,
  // "no calls or texts", "no further messages please"
  `${BARE}NO(?: (?:MORE|FURTHER|OTHER))? (?:${WORDS}|CONTACT)(?: (?:OR|AND|NO) (?:${WORDS})){0,3}${DONE}`,
  // "I no longer want to receive messages", "we don't wish to be contacted"
  `(?:NO LONGER|${NOT}) (?:WANT|WISH|CARE|NEED|LIKE|AGREE|CONSENT) TO (?:RECEIVE|RECEIVING|GET|GETTING)${OF_YOURS} (?:${WORDS})`,
  `(?:NO LONGER|${NOT}) (?:WANT|WISH|CARE|NEED|LIKE|AGREE|CONSENT) TO (?:BE|BEING) (?:CONTACTED|TEXTED|MESSAGED|EMAILED|BOTHERED)`,
  `(?:NO LONGER|${NOT}) (?:WANT|WISH|CARE) TO HEAR FROM YOU`,
  `(?:NO LONGER|${NOT}) (?:WANT|NEED)(?: (?:ANY|MORE|YOUR|THESE|OF|FURTHER)){1,4} (?:${WORDS})`,
  `NO LONGER WANT (?:${WORDS})`,
  // "do not send me anything else"
  `(?:${NOT}|NEVER)(?: PLEASE)? SEND (?:ME|US) (?:ANYTHING (?:ELSE|MORE)${DONE}|(?:ANY|MORE|THESE|THOSE|ANOTHER|FURTHER|YOUR)(?: (?:MORE|OF YOUR|OF THESE))? (?:${WORDS}|TEXT|MESSAGE))`,
  // "get me off this list", "take me out of your list"
  `${REMOVE} (?:ME|US|MY NAME|MY INFO|(?:MY|THIS|OUR) (?:PHONE )?(?:NUMBER|EMAIL)) (?:OFF|OFF OF|OFF FROM|FROM|OUT OF) ${OURS}`,
  // "remove this number", "please remove my contact info", "drop my number"
  `${ASKING}(?:REMOVE|DELETE|ERASE|SCRUB|PURGE|WIPE|STRIKE|FORGET|LOSE|LOOSE) (?:MY|THIS|OUR) (?:PHONE |CELL |MOBILE |CONTACT |PERSONAL )?(?:NUMBER|INFO|INFORMATION|DETAILS|DATA)`,
  `${ASKING}(?:DROP|TRASH|BLOCK) (?:MY|THIS|OUR) (?:PHONE |CELL )?NUMBER${DONE}`,
  // "I withdraw my permission", "you don't have permission to contact me", "I do not authorize you to contact me"
  `(?:WITHDRAW|WITHDRAWING|REVOKE|REVOKING|RESCIND|RESCINDING|CANCEL)(?: (?:MY|ALL|ANY|OUR|PRIOR|PREVIOUS)){1,3} ${PERMISSION}`,
  `(?:${NOT}|NO LONGER|DID NOT|DIDN T|DIDNT|NEVER) (?:HAVE|GAVE|GIVE|GRANT|GRANTED)(?: (?:YOU|MY|ANY|THE|OUR)){0,2} ${PERMISSION} TO (?:SEND|${VERBS}) (?:${US})`,
  `(?:${NOT}|NO LONGER|NEVER|DID NOT|DIDN T|DIDNT|NOT) (?:AUTHORI[SZ]E|AUTHORI[SZ]ED|PERMIT|PERMITTED|ALLOW|ALLOWED)(?: YOU| ANYONE)? TO (?:SEND|${VERBS}) (?:${US})`,
  `(?:${NOT}|NO LONGER|NEVER|DID NOT|DIDN T|DIDNT) (?:CONSENT|CONSENTED|AGREE|AGREED) TO${OF_YOURS} (?:${WORDS})`,
  // "put me on your DNC"
  `(?:PUT|ADD|PLACE) (?:ME|US|(?:THIS|MY|OUR) (?:NUMBER|NAME|PHONE)) (?:ON|TO|IN|INTO)(?: (?:YOUR|THE|A|ANY))? (?:DNC|DO NOT (?:CALL|CONTACT|TEXT)|DON T CALL|NO CALL|OPT OUT)`,
  // "cancel these texts", "cancel my subscription"
  `${ASKING}(?:CANCEL|END|TERMINATE|DISCONTINUE|HALT|CEASE|QUIT)${OF_YOURS} (?:${WORDS}|SUBSCRIPTIONS?|NOTIFICATIONS|ALERTS)${DONE}`,

  ...FRENCH,
  ...SPANISH,
];
export const FORMS: readonly RegExp[] = SAID.map((form) => new RegExp(`(?<= )(?:${form})(?= )`, "gu"));
/** Whether there is any, found in one reading: hardly a text has one. */
const ANY = new RegExp(`(?<= )(?:${SAID.join("|")})(?= )`, "u");

/** Nobody says it in more ways than so many in one text; of more, these are judged. */
const MOST = 40;

/** The requests in these clauses, as said. */
export const requestsIn = (clauses: string): string[] => {
  const said = ` | ${clauses} | `.replace(/ +/g, " ");
  if (!ANY.test(said)) return [];
  return [...new Set(FORMS.flatMap((form) => said.match(form) ?? []))].slice(0, MOST);
};

const CALLS = /\b(?:CALL(?:S|ING)?\b|APPEL)/;
const WRITTEN = /\b(?:TEXT|MESSAG|EMAIL|CONTACT|SMS|WRIT|ECRI)/;
const INVITED =
  / (?:(?:TEXT|EMAIL|MESSAGE|WRITE)(?:S|ING)?(?: TO)? (?:ME|US|ONLY|INSTEAD|IS (?:BETTER|FINE|OK|BEST)|WORKS|ARE (?:FINE|OK|BETTER))|(?:ECRIVEZ|ECRIS|TEXTEZ?) (?:MOI|NOUS)) /;

/** "Don't call, text me": calls are forbidden in a breath with an invitation to write. */
export const prefersWriting = (phrase: string, clauses: string): boolean =>
  (CALLS.test(phrase) && !WRITTEN.test(phrase) && INVITED.test(` ${clauses} | `.replace(phrase, "#"))) ||
  prefiereEscrito(phrase, clauses);

/** No longer than a request is: of a longer text in letters we do not read, a person is not asked. */
const SHORT = 40;

/** A short text in an alphabet that we do not read, unless it is one of the everyday words that we know. */
export function isUnread(seen: string, known: ReadonlySet<string>): boolean {
  const letters = seen.match(/\p{L}/gu) ?? [];
  if (letters.length === 0 || letters.length > SHORT) return false;
  const foreign = letters.filter((letter) => !/\p{Script=Latin}/u.test(letter)).length;
  if (foreign * 2 <= letters.length) return false;
  const words = seen
    .toUpperCase()
    .split(/[^\p{L}\p{M}]+/u)
    .filter((word) => word !== "");
  return !words.every((word) => known.has(word));
}
