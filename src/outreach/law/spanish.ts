// Requests to stop in Spanish, by their form: patterns over clauses as `compared` makes them, upper case and without
// accents. Only moods that ask: "no me llaman" is a complaint. Pure; each form is linear in the text.

/** Infinitives of writing to somebody; and what is wished, or forbidden, of whomever. */
const ESCRIBIR = "(?:ESCRIBIR|LLAMAR|CONTACTAR|TEXTEAR|MOLESTAR|ENVIAR|MANDAR|BUSCAR|MARCAR)";
const ESCRIBA = "(?:ESCRIBA[NS]?|BUSQUE[NS]?|MARQUE[NS]?|(?:LLAM|CONTACT|TEXTE|MOLEST|ENVI|MAND)E[NS]?)";
/** The same without what may be "I called": nobody asks in the first person. */
const ESCRIBAN = "(?:ESCRIBA[NS]|BUSQUE[NS]|MARQUE[NS]|(?:LLAM|CONTACT|TEXTE|MOLEST|ENVI|MAND)E[NS])";
const NUNCA = "(?:NUNCA|JAMAS)(?: (?:MAS|NUNCA|JAMAS))?";
const NO_ME = `(?:NO|${NUNCA}) (?:ME|NOS)`;
const ESCRIBIENDO = "(?:ESCRIBIENDO|(?:LLAM|CONTACT|TEXTE|MOLEST|ENVI|MAND|BUSC|MARC)ANDO)";
const MENSAJES = "(?:MENSAJES|TEXTOS|CORREOS|LLAMADAS|SMS|PUBLICIDAD|PROPAGANDA|PROMOCIONES|ANUNCIOS|NOTIFICACIONES)";
const DE_ELLOS = "(?: (?:MAS|OTROS|OTRAS|LOS|LAS|ESTOS|ESTAS|ESOS|ESAS|SUS|TUS|TANTOS|TANTAS|NINGUN|DE|YA)){0,3}";
const NUMERO = "(?:NUMERO|TELEFONO|CELULAR|MOVIL|CORREO|LINEA)";
const MI = `(?:MI|MIS|ESTE|NUESTRO) (?:${NUMERO}|DATOS|CONTACTO|NOMBRE|INFORMACION)`;
const LISTA =
  "(?:LA|SU|TU|ESTA|ESA|LAS|SUS|TUS|CUALQUIER|TODA|TODAS SUS) (?:LISTAS?|BASES? DE DATOS|SISTEMA|REGISTROS?|CONTACTOS|CAMPANA|AGENDA|DIRECTORIO)";
const QUITEN = "(?:QUITEN?|SAQUEN?|BORREN?|ELIMINEN?|RETIREN?|REMUEVAN?|EXCLUYAN?)";
const PERMISO = "(?:PERMISO|CONSENTIMIENTO|AUTORIZACION)";
const DEJEN = "(?:DEJE|DEJEN|DEJA|DEJAD|PARE|PAREN|PARA|CESE|CESEN)";
const QUIERO =
  "(?:QUIERO|PIDO|SOLICITO|DESEO|NECESITO|EXIJO|PREFIERO|AGRADECERE|AGRADECERIA|GUSTARIA|QUISIERA|ORDENO|RUEGO)";
/** Times that may follow a request, each one a bound of the vocabulary: they wish for another time. */
const CUANDO =
  "(?:ANTES|DESPUES) DE|HASTA|(?:DE|POR LA|EN LA) (?:NOCHE|MANANA|MADRUGADA)|(?:POR|EN) (?:LA TARDE|LAS (?:NOCHES|MANANAS|TARDES))|(?:EL|LOS) (?:LUNES|MARTES|MIERCOLES|JUEVES|VIERNES|SABADOS?|DOMINGOS?)|TAN (?:TARDE|TEMPRANO|SEGUIDO)|MAS (?:TARDE|TEMPRANO|ADELANTE)|HOY|AHORA|AHORITA|MIENTRAS|DURANTE|ENTRE SEMANA|EN EL TRABAJO";
const END = "\\||POR FAVOR|PORFAVOR|PORFA|GRACIAS|A (?:MI|ESTE)|PLEASE|THANKS|STOP";
/** What may follow a request, and narrows nothing; or bounds it, and is asked about. */
const YA = `(?= (?:${END}|MAS|NADA|NUNCA|JAMAS|YA|OTRA VEZ|${CUANDO}) )`;
/** The beginning of a clause, and words of asking. */
const FAVOR =
  "(?<=\\| (?:(?:POR|FAVOR|PORFAVOR|PORFA|DE|YA|HOLA|BUENAS|BUENOS|DIAS|TARDES|NOCHES|OK|SI|BUENO|MEJOR|LES|LE|PIDO|GRACIAS|PLEASE|ENTONCES) ){0,6})";

export const SPANISH: readonly string[] = [
  // "no envíe más mensajes", "no nos llamen más", "no escriban a este número"
  `NO(?: (?:ME|NOS))? ${ESCRIBA}${DE_ELLOS} ${MENSAJES}`,
  `${NO_ME} ${ESCRIBA}${YA}`,
  // "nunca me manden mensajes", "nunca más envíen mensajes", "nunca llamen a este número"
  `${NUNCA} (?:(?:ME|NOS) ${ESCRIBA}|${ESCRIBAN})${DE_ELLOS} ${MENSAJES}`,
  `${NUNCA} (?:ME ${ESCRIBA}|${ESCRIBAN})(?: MAS)?(?: A)? (?:ESTE|MI|NUESTRO) ${NUMERO}`,
  // "no me hablen más", and not of that house, nor in English
  `(?:${NO_ME}|NO (?:QUIERO|DESEO) QUE (?:ME|NOS)) HABLE[NS]?(?: (?:MAS|YA|NUNCA|JAMAS)){0,2}(?= (?:${END}|${CUANDO}) )`,
  `NO(?: ME)? ${ESCRIBA}(?: MAS)?(?: A)? (?:ESTE|MI|NUESTRO) ${NUMERO}`,
  // "no vuelvan a escribirme", "no me vuelvas a llamar", "no me estén escribiendo"
  `${NO_ME} VUELVA[NS]? A ${ESCRIBIR}`,
  `(?:NO|${NUNCA}) VUELVA[NS]? A ${ESCRIBIR}(?:(?:ME|NOS)|(?: A)? (?:ESTE|MI|NUESTRO) ${NUMERO})`,
  `NO (?:ME|NOS) (?:ESTE[NS]?|SIGA[NS]?|ANDE[NS]?) ${ESCRIBIENDO}`,
  `NO SIGA[NS]? ${ESCRIBIENDO}(?:ME|NOS)`,
  // "no quiero que me llamen", "no deseo ser contactado", "no deseo más mensajes"
  `NO (?:QUIERO|DESEO|AUTORIZO|PERMITO|CONSIENTO|ACEPTO)(?: A)? QUE (?:ME|NOS) (?:${ESCRIBA}|VUELVA[NS]? A ${ESCRIBIR}|(?:ESTE[NS]?|SIGA[NS]?) ${ESCRIBIENDO})`,
  `NO (?:QUIERO|DESEO) SER (?:CONTACTAD|MOLESTAD|LLAMAD)[OA]S?`,
  `NO (?:QUIERO|DESEO|AUTORIZO|ACEPTO)(?: RECIBIR)?${DE_ELLOS} ${MENSAJES}`,
  // "favor de no escribirme más", "no mandar más mensajes", "no llamar"
  `${FAVOR}NO ${ESCRIBIR}(?:ME|NOS)?(?:${DE_ELLOS} ${MENSAJES})?${YA}`,
  // "paren de escribirme", "dejen ya de estar mandando mensajes"
  `${DEJEN} (?:YA )?DE (?:ESTAR )?(?:${ESCRIBIR}(?:ME|NOS)|${ESCRIBIENDO}(?:ME|NOS)?|(?:ENVIAR|MANDAR)${DE_ELLOS} ${MENSAJES})`,
  // "detengan los mensajes", "cancelar mensajes", "basta ya de llamadas", "alto a los mensajes"
  `(?:DETENGAN?|DETENER|DETEN|PAREN?(?:LE)?|CANCEL(?:AR|A|E|EN)|SUSPEND(?:AN|A|ER)|ALTO|BASTA)(?: (?:YA|DE|CON|A|LOS|LAS|ESTOS|ESTAS|SUS|TANTOS|TANTAS|TODOS|MIS)){0,3} ${MENSAJES}`,
  // "elimine mi número", "retiren mi número", "den de baja mi número"
  `(?:ELIMIN|BORR|QUIT|RETIR)(?:E|EN|A|AR) ${MI}`,
  `(?:REMUEVAN?|REMOVER|SA(?:QUE|QUEN|CA|CAR)|PIERDA[NS]?) ${MI}`,
  `(?:DAR|DEN|DENME|DEME|DAME) DE BAJA(?: (?:A|CON))? ${MI}`,
  `OLVID(?:ENSE|ESE|ATE|EN)(?: DE)? ${MI}`,
  // "sáquenme de la lista", "quitarme de su lista", "quiero que me quiten de la lista"
  `(?:(?:ELIMIN|BORR|QUIT|RETIR)[EA]N?|SAQUEN?|SACA|REMUEV[AE]N?|EXCLUYAN?|(?:QUITAR|SACAR|BORRAR|ELIMINAR|RETIRAR|REMOVER|EXCLUIR))(?:ME|NOS) DE ${LISTA}`,
  `${QUIERO}(?: QUE)? (?:ME|NOS) ${QUITEN} DE ${LISTA}`,
  // "retiro mi consentimiento", "no tienen mi autorización para llamarme", "no les di permiso para escribirme"
  `(?:RETIRO|REVOCO|CANCELO|ANULO|RETIRAR|REVOCAR)(?: (?:TODO|TODOS|MI|MIS|EL|CUALQUIER)){1,2} ${PERMISO}`,
  `NO (?:LES |LE |TE )?(?:DOY|DI|HE DADO|TIENEN|TIENE|TIENES)(?: (?:MI|NINGUN|NINGUNA|EL|SU)){0,2} ${PERMISO}(?: (?:PARA|DE)(?: QUE (?:ME|NOS) ${ESCRIBA}| ${ESCRIBIR}(?:ME|NOS)))`,
  `NO (?:LES |LE |TE )?DOY MI ${PERMISO}${YA}`,
  // "déjenme tranquilo"
  `DEJ(?:E|EN|A|AD)(?:ME|NOS) (?:YA )?TRANQUIL[OA]S?`,
];

const CALLS = /\bLLAM/;
const WRITTEN = /\b(?:ESCRI|TEXT|MENSAJ|CORREO|CONTACT|ENVI|MAND|MOLEST|BUS[CQ]U?)/;
const INVITED =
  / (?:ESCRI(?:BA|BAN|BE)(?:ME|NOS)|(?:MAND|ENVI|TEXT)(?:E|EN|A|EEN|EE|EA)(?:ME|NOS)|(?:MEJOR|SOLO) (?:POR )?(?:MENSAJES?|TEXTOS?|CORREOS?|WHATSAPP)|(?:PREFIERO|QUIERO)(?: QUE)? (?:ME ESCRIBAN?|MENSAJES?|TEXTOS?|CORREOS?)) /;

/** "No me llamen, escríbanme": calls are forbidden in a breath with an invitation to write. */
export const prefiereEscrito = (phrase: string, clauses: string): boolean =>
  CALLS.test(phrase) && !WRITTEN.test(phrase) && INVITED.test(` ${clauses} | `.replace(phrase, "#"));

/** Requests that "no" before them denies: "no dejen de escribirme". */
export const DENIABLE =
  /^(?:DEJ|ELIMIN|BORR|QUIT|SA[CQ]|CANCEL|DETEN|SUSPEND|PAR[AE]|CESE|RETIR|REMUEV|REMOV|EXCLU|PIERD|OLVID|REVOC|ANUL|DAR|DEN|DEME|DAME|ALTO|BASTA|QUIERO|PIDO|SOLICITO|DESEO|NECESITO|EXIJO|PREFIERO)/;
