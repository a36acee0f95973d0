// Where a lead's words stand in an event: a message, what was spoken on a call, what was written into a form. Pure.

import { type LeadEvent, property } from "../../events/index.ts";
import type { Instant } from "../../kernel/time.ts";
import type { Family } from "./scope.ts";
import { type Judgment, judge, judgeMail, judgeSpoken } from "./words.ts";

interface Said {
  readonly judgment: Judgment;
  readonly family: Family;
  readonly channel: string;
}

const SILENT: Judgment = { verdict: "none", rule: "none" };

/** What the words of an event ask of us; an event without words asks nothing. */
export function saidIn({ type, data, at }: Pick<LeadEvent, "type" | "data" | "at">): Said {
  const text = (name: string): string => {
    const value = property(data, name);
    return typeof value === "string" ? value : "";
  };
  switch (type) {
    case "message.received": {
      const channel = text("channel") || "sms";
      return channel === "email"
        ? { judgment: judgeMail(text("subject"), text("text"), at), family: "email", channel }
        : { judgment: judge(text("text"), at), family: "phone", channel };
    }
    case "call.ended":
    case "crm.call":
      return { judgment: spoken(text("transcript"), at), family: "phone", channel: "voice" };
    case "form.submitted":
      return written(property(data, "opt_out"), ["message", "comments", "text"].map(text), at);
    default:
      return { judgment: SILENT, family: "phone", channel: "sms" };
  }
}

/** The person's own lines: a transcript marks them `human:`; one without marks is taken whole. */
function spoken(transcript: string, at: Instant): Judgment {
  const lines = transcript.split("\n").map((line) => line.trim());
  const marked = lines.some((line) => /^(bot|human):/i.test(line));
  const own = marked ? lines.flatMap((line) => /^human:(.*)$/i.exec(line)?.[1] ?? []) : lines;
  return strictest(own.map((line) => judgeSpoken(line, at)));
}

/** A box of the form (`opt_out: true`, or which family), else the words in its free text. */
function written(box: unknown, texts: readonly string[], at: Instant): Said {
  const family: Family = box === "email" ? "email" : "phone";
  if (box === true || box === "true" || box === "phone" || box === "email" || box === "all") {
    const names: readonly Family[] = box === "phone" || box === "email" ? [box] : ["phone", "email"];
    return {
      judgment: { verdict: "opt_out", rule: "form", matched: "a form's box", names },
      family,
      channel: family === "email" ? "email" : "sms",
    };
  }
  // one word in a box named "comments" is seldom meant for us: only what is unmistakable counts
  return { judgment: strictest(texts.map((one) => judgeSpoken(one, at))), family: "phone", channel: "sms" };
}

const ORDER = ["opt_out", "hold_and_ask"] as const;

const strictest = (judgments: readonly Judgment[]): Judgment =>
  ORDER.flatMap((verdict) => judgments.find((one) => one.verdict === verdict) ?? [])[0] ?? SILENT;
