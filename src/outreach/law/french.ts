// Requests to stop in French, by their form, said with vous or with tu, with or without its "ne": patterns over clauses as
// `compared` makes them, upper case and without accents. "Tu m'appelles plus" tells, "m'appelle plus" asks: what could be
// told of somebody counts at the beginning of a clause alone. Pure; each form is linear in the text.

const ECRIVEZ = "(?:ECRIVEZ|APPELEZ|CONTACTEZ|TEXTEZ|DERANGEZ)";
/** Tu's imperative, and as it is often written, with an s. */
const ECRIS = "(?:ECRIS|(?:APPELLE|CONTACTE|TEXTE|DERANGE|EMBETE|HARCELE|PARLE)S?)";
const ECRIVE =
  "(?:ECRIVES|ECRIVIEZ|APPELLES?|APPELIEZ|CONTACTES?|CONTACTIEZ|TEXTES?|TEXTIEZ|DERANGES?|DERANGIEZ|PARLES|PARLIEZ)";
const ECRIRE = "(?:ECRIRE|APPELER|CONTACTER|TEXTER|DERANGER)";
const MESSAGES = "(?:MESSAGES?|TEXTOS?|SMS|EMAILS?|MAILS?|COURRIELS?)";
const ME = "(?:ME|M|NOUS)";
const DEBUT =
  "(?<=\\| (?:(?:BONJOUR|SALUT|ALLO|OK|NON|OUI|BON|ALORS|ET|STOP|SVP|STP|S IL TE PLAIT|PLEASE|MERCI|DESORMAIS|MAINTENANT) ){0,4})";
/** What may follow; a time is a bound, and asked about. "M'appelle plus tard" asks for a call. */
const FINI =
  "(?= (?:\\||SVP|STP|S IL (?:VOUS|TE) PLAIT|MERCI|PLEASE|PLUS|JAMAIS|DESORMAIS|MAINTENANT|ICI|A CE NUMERO|SUR CE NUMERO|AVANT|APRES|PENDANT|DEMAIN|AUJOURD HUI|(?:LE|LES|CE) (?:SOIR|MATIN|WEEKEND|DIMANCHE|SAMEDI|LUNDI)) )";

export const FRENCH: readonly string[] = [
  // "ne m'appelez pas", "ne m'envoyez pas de messages"; "vous ne m'appelez pas" is a complaint
  `(?<! VOUS )NE ${ME} (?:${ECRIVEZ} PAS${FINI}|ENVOYEZ (?:PAS|PLUS|JAMAIS)(?: (?:DE|D|VOS|LES|CES|DES|AUTRES)){1,2} ${MESSAGES})`,
  // "merci de ne pas m'appeler", "veuillez ne plus me contacter", "ne plus m'appeler stp"
  `(?:MERCI DE|PRIERE DE|VEUILLEZ|SVP|${DEBUT}) ?NE (?:PAS|PLUS) ${ME} ${ECRIRE}${FINI}`,
  // "ne m'écris plus", "m'appelle plus", "m'envoie plus de messages"
  `${DEBUT}(?:NE )?${ME} (?:${ECRIS} (?:PAS|PLUS|JAMAIS)${FINI}|ENVOIES? (?:PAS|PLUS|JAMAIS)(?: (?:DE|D|TES|LES|CES|DES|AUTRES)){1,2} ${MESSAGES})`,
  // "arrête tes messages", "arrêtez avec vos textos"
  `${DEBUT}ARRETE[SZ]?(?: AVEC)? (?:TES|VOS|LES|CES) (?:${MESSAGES}|APPELS)${FINI}`,
  // "je veux plus que tu m'écrives", "je ne veux plus que vous m'appeliez", "je veux plus recevoir tes messages"
  `JE (?:NE )?(?:VEUX|SOUHAITE) PLUS (?:QUE (?:TU|VOUS|ON) ${ME} ${ECRIVE}${FINI}|RECEVOIR (?:TES|VOS|CES) ${MESSAGES})`,
  // "lâche-moi", "lâche-moi la grappe"; "lâche-moi un coup de fil" asks for a call
  `${DEBUT}LACHE[SZ]? (?:MOI|NOUS)(?: (?:LA GRAPPE|LES BASKETS|UN PEU|TRANQUILLES?))?${FINI}`,
  // "laisse-moi tranquille", "fiche-moi la paix"
  `(?:LAISSE[SZ]? (?:MOI|NOUS) (?:TRANQUILLES?|EN PAIX)|(?:FICHE[SZ]?|FOUS|FOUTEZ) (?:MOI|NOUS) LA PAIX)`,
  // "enlève-moi de ta liste", "efface mon numéro"
  `(?:RETIRE|ENLEVE|SUPPRIME|EFFACE|OTE)[SZ]? MOI DE (?:LA|TA|TES|VOTRE|VOS|CETTE) LISTES?`,
  `${DEBUT}(?:(?:EFFACE|SUPPRIME|OUBLIE|ENLEVE|RETIRE)[SZ]?|PERDS|PERDEZ) (?:MON|CE|NOTRE) NUMERO${FINI}`,
];
