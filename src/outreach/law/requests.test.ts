import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FORMS, requestsIn } from "./requests.ts";
import { vocabularyAt } from "./vocabulary.ts";
import { judge, judgeMail, judgeSpoken } from "./words.ts";

const AT = Date.UTC(2026, 10, 18, 19);

describe("a request to stop, by its form", () => {
  test("forbids us to write, in any words for it and to anyone of theirs", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("do not", "don't", "please don't", "could you please not", "never", "please never"),
        fc.constantFrom("text", "message", "contact", "call or text", "write to", "reach out to", "email"),
        fc.constantFrom("me", "us", "this number", "me again", "us anymore"),
        (not, verb, whom) => {
          expect(judge(`${not} ${verb} ${whom}`, AT).verdict, `${not} ${verb} ${whom}`).toBe("opt_out");
        },
      ),
    );
  });

  test("takes me, a number or a name off a list of ours", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("remove", "delete", "take", "get", "please drop"),
        fc.constantFrom("me", "us", "my name", "my number", "this number"),
        fc.constantFrom("off your list", "from the list", "out of your system", "off all your mailing lists"),
        (verb, whom, place) => {
          expect(judge(`${verb} ${whom} ${place}`, AT).verdict, `${verb} ${whom} ${place}`).toBe("opt_out");
        },
      ),
    );
  });

  test("is found within its clause alone, and as often as it is said once", () => {
    expect(requestsIn("NO | TEXTS PLEASE")).toEqual([]);
    expect(requestsIn("NO TEXTS PLEASE | NO TEXTS")).toEqual(["NO TEXTS"]);
  });

  test("is looked for in steps linear in the text: nothing repeats without a bound but a run that a blank ends", () => {
    const { ordinary, bound, other } = vocabularyAt(AT);
    const endless = (form: string) => form.replaceAll(/\\p\{L\}\+|\\d\\w\*/g, "").match(/(?<!\\)[*+]|\{\d+,\}/g);
    expect(endless("( (?:A|B)+)")).toEqual(["+"]);
    for (const form of [...FORMS, ...ordinary].map(({ source }) => source).concat(bound, other))
      expect(endless(form), form).toBeNull();
  });

  test("bound to a time, or to others, is asked about; calls forbidden beside an invitation to write, too", () => {
    for (const text of ["could you not text me before 9", "no texts please before 9", "don't call, text me"])
      expect(judge(text, AT).verdict, text).not.toBe("opt_out");
    expect(judge("don't call, text me", AT)).toMatchObject({ verdict: "hold_and_ask", rule: "unclear" });
    expect(judge("don't call or text me. Email me", AT).verdict).toBe("opt_out");
  });

  test("denied in Spanish, or of others than us, ends nothing", () => {
    for (const text of ["por favor no elimine mi número", "no borren mis datos", "no more calls from other agents"])
      expect(judge(text, AT).verdict, text).not.toBe("opt_out");
  });

  test("in Spanish forbids whoever writes, however they are addressed, and asks off any list", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("", "por favor ", "hola, ", "ya "),
        fc.constantFrom("no me", "no nos", "no quiero que me", "no deseo que nos"),
        fc.constantFrom(
          "escriban",
          "escriba",
          "llames",
          "contacten",
          "textee",
          "vuelvan a llamar",
          "estén escribiendo",
        ),
        fc.constantFrom("", " más", " nunca", " por favor"),
        (asking, not, verb, end) => {
          const text = `${asking}${not} ${verb}${end}`;
          expect(judge(text, AT).verdict, text).toBe("opt_out");
        },
      ),
    );
    fc.assert(
      fc.property(
        fc.constantFrom("quítenme", "sáqueme", "quiero que me borren", "favor de retirarme", "pueden quitarme"),
        fc.constantFrom(
          "de la lista",
          "de su base de datos",
          "de todas sus listas",
          "de esta lista",
          "de tus contactos",
        ),
        (verb, place) => {
          expect(judge(`${verb} ${place}`, AT).verdict, `${verb} ${place}`).toBe("opt_out");
        },
      ),
    );
  });

  test("in Spanish is denied by nunca and by no quiero que, and asked about after a bare no: a comma may be missing", () => {
    for (const text of ["dejen de escribirme", "paren de mandarme mensajes", "me quiten de la lista"])
      for (const [not, verdict] of [
        ["nunca", "none"],
        ["no quiero que", text.startsWith("me") ? "hold_and_ask" : "none"],
      ] as const)
        expect(judge(`${not} ${text}`, AT).verdict, `${not} ${text}`).toBe(verdict);
    expect(judge("no dejen de escribirme", AT).verdict).toBe("hold_and_ask");
    expect(judge("no, dejen de escribirme", AT).verdict).toBe("opt_out");
  });

  test("in Spanish is no complaint about silence, and no invitation to write", () => {
    for (const text of [
      "no me llaman",
      "nadie me escribe",
      "no me contestan los mensajes",
      "mejor no me busquen casa aún",
    ])
      expect(judge(text, AT).verdict, text).not.toBe("opt_out");
    expect(judge("no me llamen, mándenme mensajes", AT)).toMatchObject({ verdict: "hold_and_ask", rule: "unclear" });
    expect(judge("no me llamen ni me escriban", AT).verdict).toBe("opt_out");
  });

  test("counts in an e-mail and on a call as in a text", () => {
    expect(judgeMail("", "I withdraw my permission.", AT).verdict).toBe("opt_out");
    expect(judgeSpoken("please remove this number", AT).verdict).toBe("opt_out");
  });

  test("is named as it was said, with the way to write that it names", () => {
    expect(judge("Please, no further emails!", AT)).toMatchObject({ matched: "NO FURTHER EMAILS", names: ["email"] });
  });
});

describe("letters that hide a word", () => {
  test("a mark that turns the writing hides no word that was typed straight", () => {
    expect(judge("\u202ESTOP", AT).verdict).toBe("opt_out");
    expect(judge("\u202EPOTS", AT).verdict).toBe("opt_out");
    expect(judge("\u202EHello there", AT).verdict).toBe("none");
  });

  test("one or two strange letters in a word of ours are read as the ones that make it", () => {
    for (const text of ["STOⲢ", "STO₱", "ᔕTOP", "UNSUBSCRIⲂE", "ᔕTOⲢ please"])
      expect(judge(text, AT).verdict, text).toBe("opt_out");
    for (const text of ["₱500k", "it costs 300₽", "Ωmega"]) expect(judge(text, AT).verdict, text).toBe("none");
  });
});

describe("a text in an alphabet that we do not read", () => {
  test("is held and asked about where it is short, unless it is thanks, a greeting, a yes or a no", () => {
    for (const text of ["не надо больше", "请停止", "やめてください", "보내지 마세요", "لا ترسل لي", "बंद करो"])
      expect(judge(text, AT), text).toMatchObject({ verdict: "hold_and_ask" });
    for (const text of ["Спасибо!", "да", "谢谢", "はい", "شكرا"]) expect(judge(text, AT).verdict, text).toBe("none");
    for (const text of [
      "Иван Petrov will come tomorrow",
      "здравствуйте мы хотели бы посмотреть дом на главной улице завтра",
    ])
      expect(judge(text, AT).verdict, text).toBe("none");
  });
});
