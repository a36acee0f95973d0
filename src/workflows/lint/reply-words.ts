// Words that carriers and opt-out laws have taken: a text that asks for one of them as an answer gets the lead opted out, or
// lets a carrier lift its block without a consent. Source: compliance facts 2.

import type { Template } from "../plan.ts";
import type { Check, Finding } from "./finding.ts";

const TAKEN =
  "STOP|STOPALL|END|QUIT|CANCEL|REVOKE|UNSUBSCRIBE|OPT OUT|YES|START|UNSTOP|INFO|HELP|ALTO|BAJA|PARAR|CANCELAR|AYUDA";
/** "Reply YES", "text back 'start'", "responda BAJA". */
const ASKS = new RegExp(
  `\\b(?:repl(?:y|ies|ying)|respond|answer|text(?: us| me)?(?: back)?|send(?: us| me)?|responda|responde|conteste|env[ií]e)(?: back)?(?: with)?(?: the word)?(?: con)?:?\\s+["'“‘]?(${TAKEN})\\b["'”’]?([^.!?\\n]*)`,
  "giu",
);
/** What such a word is for: these sentences say so. */
const MEANS: readonly (readonly [words: RegExp, sentence: RegExp])[] = [
  [
    /^(?:STOP|STOPALL|END|QUIT|CANCEL|REVOKE|UNSUBSCRIBE|OPT OUT|ALTO|BAJA|PARAR|CANCELAR)$/i,
    /^[\s,]*(?:$|to (?:opt.?out|unsubscribe|stop\b|end (?:these|messages|texts|this)|cancel (?:these|messages|texts)|leave|quit|be removed)|at any time|any ?time|para (?:no recibir|cancelar (?:la suscripci[oó]n|mensajes)|salir|darse de baja|detener))/i,
  ],
  [/^(?:HELP|INFO|AYUDA)$/i, /^[\s,]*(?:$|for (?:help|info)|to get help|para (?:obtener )?ayuda|,)/i],
  [
    /^(?:START|UNSTOP)$/i,
    /^[\s,]*(?:to (?:resume|opt.?(?:back )?in|subscribe|get (?:messages|texts) again)|para (?:volver|reanudar))/i,
  ],
];

/** The words that a text asks for in another sense than theirs. */
export function takenIn(text: string): readonly string[] {
  return [...text.matchAll(ASKS)].flatMap(([, word = "", rest = ""]) => {
    const said = word.toUpperCase();
    const [, meant] = MEANS.find(([words]) => words.test(said)) ?? [];
    return meant?.test(rest) === true ? [] : [said];
  });
}

export const checkReplyWords: Check = ({ content }) =>
  Object.values(content.templates).flatMap((template) =>
    textsOf(template).flatMap(([key, text]) =>
      takenIn(text).map(
        (word): Finding => ({
          code: "taken-word",
          severity: "warning",
          spot: { section: "templates", id: template.id, keys: [key] },
          message: `It asks for ${word} as an answer, ${
            word === "YES" || word === "START" || word === "UNSTOP"
              ? "which lets a carrier lift its block and is no consent"
              : word === "HELP" || word === "INFO" || word === "AYUDA"
                ? "which carriers answer themselves"
                : "which opts the lead out"
          }. Ask for 1 or 2, or for another word.`,
        }),
      ),
    ),
  );

const textsOf = ({ sms, whatsapp }: Template): readonly (readonly [key: string, text: string])[] => [
  ["sms", sms ?? ""],
  ["whatsapp", whatsapp ?? ""],
];
