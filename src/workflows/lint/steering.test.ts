// What states a preference is found however it is written, and honest sentences about homes are left alone.

import { describe, expect, test } from "vitest";
import { steeringIn } from "./steering.ts";

const said = (text: string) => steeringIn(text).map(({ entry, words }) => [entry.tier, words.toLowerCase()]);

describe("a stated preference is found", () => {
  test.each([
    // familial status
    ["Kids not allowed", "kids not allowed"],
    ["Sorry, children are not permitted", "children are not permitted"],
    ["We do not rent to families", "do not rent to families"],
    ["We don't accept small children here", "don't accept small children"],
    ["Adults preferred", "adults preferred"],
    ["ADULTS–ONLY", "adults-only"],
    ["Rented only to singles", "only to singles"],
    ["For a childless couple", "childless couple"],
    ["Sólo adultos", "solo adultos"],
    ["Casa tranquila, sin niños", "sin ninos"],
    ["No se aceptan niños", "no se aceptan ninos"],
    // sex
    ["Men preferred", "men preferred"],
    ["Female tenants only", "female tenants only"],
    ["The owner prefers a quiet female", "prefers a quiet female"],
    ["Solo mujeres", "solo mujeres"],
    ["No men, please", "no men"],
    // religion
    ["Solo cristianos", "solo cristianos"],
    ["Únicamente familias católicas", "unicamente familias catolicas"],
    ["Christians preferred", "christians preferred"],
    ["No Jews", "no jews"],
    ["Un hogar cristiano", "hogar cristiano"],
    // race, color, national origin
    ["Whites preferred", "whites preferred"],
    ["Asians only", "asians only"],
    ["No Mexicans", "no mexicans"],
    ["Solo hispanos", "solo hispanos"],
    ["No se aceptan inmigrantes", "no se aceptan inmigrantes"],
    // disability
    ["Must be able to live independently", "must be able to live independently"],
    ["Wheelchairs are not allowed", "wheelchairs are not allowed"],
    ["No service animals", "no service animals"],
    ["No pets or emotional support dogs", "no pets or emotional support dogs"],
    // source of income
    ["no section 8", "no section 8"],
    ["No Sec. 8", "no sec. 8"],
    ["Section 8 not accepted", "section 8 not accepted"],
    ["We do not accept housing vouchers", "do not accept housing vouchers"],
    ["No sección 8", "no seccion 8"],
    ["No housing assistance", "no housing assistance"],
  ])("%s", (text, words) => {
    expect(said(text)).toEqual([["forbidden", words]]);
  });

  test.each([
    ["other alphabets", "nо kіds"],
    ["full width", "ｎｏ ｋｉｄｓ"],
    ["mathematical letters", "𝗻𝗼 𝗸𝗶𝗱𝘀"],
    ["small capitals", "ɴᴏ ᴋɪᴅꜱ"],
    ["tags within a word", "n<b>o</b> k<i></i>ids"],
    ["tags between the words", "<b>no</b> <i>kids</i>"],
    ["a line break", "no<br>kids"],
    ["entities", "n&#111;&nbsp;k&#x69;ds"],
    ["letters without width", "n\u200bo k\u00adids"],
    ["accents", "nó kïds"],
    ["emphasis", "*no* _kids_"],
    ["an image's words", "<img alt='no kids'>"],
    ["a comment", "no <!-- x -->kids"],
  ])("through %s", (_, text) => {
    expect(said(`Sorry, ${text}.`)).toEqual([["forbidden", "no kids"]]);
  });

  test("once, though it stands there twice, as forbidden where it is, in the order of the text", () => {
    expect(said("No kids. Really, no kids")).toEqual([["forbidden", "no kids"]]);
    expect(said("A safe neighborhood for whites only, white only")).toEqual([
      ["review", "safe neighborhood"],
      ["forbidden", "whites only"],
      ["review", "white only"],
    ]);
  });
});

describe("an honest sentence about a home is left alone", () => {
  test.each([
    "Master bedroom with a walk-in closet on the first floor",
    "The family room opens onto the deck",
    "Walking distance to schools, shops and the bus stop",
    "There is no kids' pool, but a heated lap pool",
    "No kids pool or playground on site",
    "The clubhouse has no children's area yet",
    "Kids or no kids, bring your furniture: the rooms are large",
    "Children are welcome, and so are pets",
    "Pets: no. Kids: yes!",
    "Pets: no – kids welcome",
    "A mother-in-law suite with its own entrance",
    "Single-family home on a quiet street",
    "Multi-family building with four units",
    "White kitchen cabinets and black granite counters",
    "Built by a Polish carpenter in 1921, with Italian marble",
    "Tested: no Chinese drywall in this house",
    "The brochure is in Korean only",
    "Se habla español; our agent speaks English and Spanish",
    "Near the Jewish Community Center and St. Mary's Hospital",
    "Two blocks from Church Street",
    "The old church was converted into six lofts with high ceilings",
    "There is no wheelchair ramp at the back door; the front has one",
    "No wheelchair access to the second floor",
    "Accessible entrance, wide doors, roll-in shower",
    "Section 8 vouchers accepted",
    "No section of the fence is older than 8 years",
    "No HOA fees, no pets fee, no application fee",
    "Service animals are welcome; no pets otherwise",
    "A bachelor of arts designed it, we are told",
    "His and hers closets, a double vanity",
    "Men's and women's locker rooms at the pool",
    "Large windows, no blind spots, city views",
    "Board approval is required; cash or financing",
    "The seller prefers a quick closing and a 30-day rent-back",
    "Only two left: book a viewing for adults and kids alike",
    "Adult-sized bunk beds stay with the cabin",
    "A 55+ community that qualifies as housing for older persons",
    "School ratings are public: see the district's own pages",
    "Solo quedan dos casas; no se aceptan mascotas",
    "Sin comisión y sin depósito; con o sin niños, hay espacio",
    "The exclusive listing ends on Friday",
    "Traditional style, private driveway, mature trees",
    "A private balcony and a restricted parking garage",
    "Secure parking, a safe in the office, a smoke-free building",
    "Great room with a fireplace, good light, a great kitchen",
    "Temple Street, two minutes from the courthouse",
    "Call or text me: no obligation, no pressure, no spam",
    "The seller accepts VA, FHA and conventional loans",
  ])("%s", (text) => {
    expect(said(text)).toEqual([]);
  });
});
