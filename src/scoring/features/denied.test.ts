// Names that no feature may have, in whatever way they are written, and names that only look like them.

import { describe, expect, test } from "vitest";
import { denied } from "./denied.ts";
import { DENIALS, DENIED_AS_OF } from "./denied-terms.ts";
import { FEATURES } from "./list.ts";

describe("a name is refused", () => {
  test.each([
    // protected traits
    ["race"],
    ["ethnicity_score"],
    ["religion"],
    ["gender"],
    ["disability"],
    ["marital_status"],
    ["national_origin"],
    ["children"],
    ["age"],
    // what is derived of one
    ["first_name_length"],
    ["surname_origin_share"],
    ["age_band"],
    ["has_kids"],
    ["zip_income_median"],
    ["days_to_birthday"],
    ["is_english_speaker"],
    // synonyms
    ["creed"],
    ["spouse_known"],
    ["ancestry"],
    ["mother_tongue"],
    ["headshot_present"],
    ["years_old"],
    ["section_8"],
    ["fips"],
    // ways to write it
    ["firstName"],
    ["first-name"],
    ["FIRST_NAME"],
    ["FIRSTName"],
    ["zip5"],
    ["ZIPCode"],
    ["maritalstatus"],
    ["homezipcode"],
    ["contact.postalCode"],
    ["languages"],
  ])("%s", (name) => {
    expect(denied(name)).toEqual(expect.any(String));
  });

  test.each([
    [
      "abbreviated",
      "addr home_addr_known hood nbhd_views gndr relig natl_orig nat_origin zip5 zcta lat lng lat_lng latlng geoId gps_lon ethn " +
        "cauc_share fam_size hh_size chld_n mar_stat bday dobYr agegrp fnm lname_len langPref prof_img incm sec_8 vchr vtrn evict_n " +
        "cntry ctzn hdcp s8_known natlorigin",
    ],
    ["written onto another word", "haskids numkids isfemale leadage homeaddr racecd customercity ipflag agescore"],
    ["of what is counted of a trait", "address_verified_count city_changes name_known template_name num_kids"],
    ["compound", "applicant_race_code applicantracecode zipMedianIncome home_language householdsize leadagegroup"],
    ["in the plural", "races ages ethnicities nationalities disabilities zipCodes kids churches"],
    [
      "in Spanish",
      "género sexo raza edad_comprador fecha_nacimiento religión discapacidad estadoCivil hijos casado embarazada nacionalidad " +
        "país idioma ingreso_familiar sueldo código_postal dirección barrio apellidos veterano sección_8 silla_de_ruedas",
    ],
    [
      "in French",
      "sexe âge date_de_naissance ethnie état_civil enfants célibataire handicapé nationalité langue revenus revenu_annuel " +
        "salaire adresse quartier code_postal nom_de_famille prénom église enceinte",
    ],
    [
      "in Portuguese",
      "gênero idade raça cor_da_pele nascimento religião deficiência filhos solteiro gravidez nacionalidade língua renda " +
        "endereço bairro cep sobrenome igreja",
    ],
    [
      "in letters that look like it",
      "rаce RАCE MАRITALSTATUS ѕех аgе ｒａｃｅ 𝐫𝐚𝐜𝐞 ra\u200bce z\u00adip r_a_c_e r.a.c.e",
    ],
  ])("%s: %s", (_, names) => {
    expect(names.split(" ").filter((name) => denied(name) === undefined)).toEqual([]);
  });

  test("with the reason, and the word that is meant", () => {
    expect(denied("homeAddrKnown")).toBe('where people live stands in for race and origin ("addr")');
  });

  const joins: readonly ((words: readonly string[]) => string)[] = [
    (words) => words.join("_"),
    (words) => words.join("-"),
    (words) => words.join("."),
    (words) => words.map((word, n) => (n === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1))).join(""),
    (words) => words.join("_").toUpperCase(),
  ];
  test("whatever stands around it, and however its words are joined", () => {
    const missed = DENIALS.flatMap(({ terms }) => terms).flatMap((term) =>
      joins.map((join) => join(["days", ...term.split(" "), "share"])).filter((name) => denied(name) === undefined),
    );
    expect(missed).toEqual([]);
  });
});

describe("a name is not refused", () => {
  test.each([
    ["engagement"],
    ["page_views"],
    ["message_count"],
    ["velocity_7d"],
    ["trace"],
    ["average_views"],
    ["capacity"],
    ["emails_opened"],
    ["source"],
    ["storage"],
  ])("%s, though it has the letters of one", (name) => {
    expect(denied(name)).toBeUndefined();
  });

  test.each([
    [
      "holds a term within a word",
      "transparency suspension_count addressed_objections counted counter package percentage designated",
    ],
    [
      "means something else",
      "email_address_bounces emailAddrKnown face_to_face_meetings lead_gen_source answer_ms max_gap",
    ],
    [
      "is short for something else",
      "median_gap distribution interpolated template_opens start_days distance_km longest_gap platform",
    ],
    [
      "begins or ends like a word that is written onto others",
      "is_new has_replied log_views unknown_share valid_id paid_ads status",
    ],
    [
      "is of a race that is a track, or a key that is foreign",
      "race_track_views raceTrackView racetrack_opens race_conditions foreign_key_count single_family_homes",
    ],
    [
      "has the letters of a word of another language",
      "revenue_share generous_offers generosity renaissance_views envisaged familiarity invalid_emails invalidEmails",
    ],
    [
      "has those of a short one",
      "page_number average_price usage_minutes coverage leverage advantage message_count image_views stage mortgage_rate " +
        "terrace embrace grace_period surface_area trace menus humane command demand velocity intensity simplicity publicity",
    ],
    [
      "is a plain name",
      "generated_leads lead_score home_views agent_contacts image_opens menu_opens pages mentions management",
    ],
  ])("where it %s: %s", (_, names) => {
    expect(names.split(" ").flatMap((name) => denied(name) ?? [])).toEqual([]);
  });

  test("where it is one of ours", () => {
    for (const { name } of FEATURES) expect([name, denied(name)]).toEqual([name, undefined]);
  });
});

test("every entry has a reason and a source, under a date", () => {
  expect(DENIED_AS_OF).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  for (const { terms, why, source } of DENIALS) {
    expect(terms.length).toBeGreaterThan(0);
    expect(why).not.toBe("");
    expect(source).not.toBe("");
  }
});
