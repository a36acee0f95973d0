// The rules of a location in words, and what a person writes of its own ones. Pure.

import type { RulesView } from "../../src/app/binding.ts";
import type { Problem } from "./api.ts";

type Own = RulesView["rules"];

/** One thing that binds, and where it is from. */
export interface Line {
  readonly what: string;
  readonly value: string;
  readonly from: string;
}

export const CHANNELS = ["all", "sms", "email", "whatsapp", "voice"] as const;
type CapChannel = (typeof CHANNELS)[number];

export const CHANNEL_NAMES: Readonly<Record<CapChannel, string>> = {
  all: "All channels together",
  sms: "Text",
  email: "Email",
  whatsapp: "WhatsApp",
  voice: "Calls",
};

export const PACKS: Readonly<Record<RulesView["pack"]["id"], string>> = {
  careful: "Careful",
  statute: "Statute",
};

const FROM = { "built in": "built in", folder: "set in the workflows' folder", location: "set here" } as const;

/** All that binds, the law first. */
export function linesOf({ pack, binding, tables }: RulesView): readonly Line[] {
  const law = `${PACKS[pack.id]} pack, tables of ${tables}`;
  const set = binding.some(({ rule, from }) => rule === "hours" && from === "location") ? ", set here" : "";
  const at = (rule: RulesView["binding"][number]["rule"]) => binding.filter((one) => one.rule === rule);
  const [ofEmail] = at("quiet hours of e-mail");
  return [
    { what: "Texts and calls", value: `${hoursOf(pack.hours)}, where the lead's state allows it`, from: law + set },
    ...at("quiet hours").map(({ value, from }) => ({ what: "Quiet hours", value, from: FROM[from] })),
    ofEmail === undefined
      ? { what: "Email", value: "at any hour", from: "no law has hours for it" }
      : { what: "Email", value: "keeps the quiet hours, too", from: FROM[ofEmail.from] },
    ...(pack.cap === undefined
      ? []
      : [{ what: "Texts, WhatsApp and calls together", value: `at most ${pack.cap}`, from: law + set }]),
    ...at("cap").map(({ value, from }) => {
      const [channel = "", rate = ""] = value.split(": ");
      const what = CHANNEL_NAMES[channel as CapChannel] ?? channel;
      return { what, value: `at most ${rate}`, from: FROM[from] };
    }),
  ];
}

/** Days that are alike are said once. */
function hoursOf(hours: RulesView["pack"]["hours"]): string {
  const said = (range: string | null) => range ?? "closed";
  const week = said(hours["mon-fri"]);
  if (hours.sat !== hours["mon-fri"]) return `Mon to Fri ${week}, Sat ${said(hours.sat)}, Sun ${said(hours.sun)}`;
  return hours.sun === hours.sat ? `every day ${week}` : `Mon to Sat ${week}, Sun ${said(hours.sun)}`;
}

// What a person writes -------------------------------------------------------------------------------------------------

/** The fields of the form. */
export interface Draft {
  /** What they were filled with. */
  readonly own: Own;
  /** Ranges with commas between. */
  readonly quiet: string;
  readonly email: boolean;
  readonly caps: Readonly<Record<CapChannel, string>>;
  readonly pack: RulesView["pack"]["id"];
}

export function draftOf(own: Own): Draft {
  const { quietHours = [], emailQuietHours = false, caps = {}, pack = "careful" } = own;
  return {
    ...{ own, pack },
    quiet: quietHours.join(", "),
    email: emailQuietHours,
    caps: Object.fromEntries(CHANNELS.map((channel) => [channel, caps[channel] ?? ""])) as Draft["caps"],
  };
}

/**
 * The parts that are other than they were filled with, of the caps the channels that are, whatever holds now: what somebody
 * else has changed meanwhile stays.
 * Null takes one back.
 */
export function changesOf(draft: Draft): Readonly<Record<string, unknown>> {
  const before = draftOf(draft.own);
  const quiet = rangesOf(draft.quiet);
  const caps = Object.fromEntries(
    CHANNELS.map((channel) => [channel, draft.caps[channel].trim()] as const)
      .filter(([channel, rate]) => rate !== before.caps[channel])
      .map(([channel, rate]) => [channel, rate === "" ? null : rate]),
  );
  return {
    ...(quiet.join() === rangesOf(before.quiet).join() ? {} : { quietHours: quiet.length === 0 ? null : quiet }),
    ...(draft.email === before.email ? {} : { emailQuietHours: draft.email ? true : null }),
    ...(Object.keys(caps).length === 0 ? {} : { caps }),
    ...(draft.pack === before.pack ? {} : { pack: draft.pack === "careful" ? null : draft.pack }),
  };
}

/** As people write hours: `9:00 – 17:00` is `09:00-17:00`. */
const rangesOf = (said: string): readonly string[] =>
  said
    .split(/[,;]/)
    .map((range) =>
      range
        .replace(/\s+/g, "")
        .replace("–", "-")
        .replace(/(^|-)(\d):/g, "$10$2:"),
    )
    .filter((range) => range !== "");

/** What was wrong with a field or with what is below it; undefined: nothing. */
export function faultOf(errors: Problem["errors"], field: string): string | undefined {
  const said = errors.filter((one) => one.field === field || one.field.startsWith(`${field}.`));
  return said.length === 0 ? undefined : [...new Set(said.map(({ detail }) => detail))].join("; ");
}
