// `latchkey reseal`: the secret that all was sealed with is lost. What that costs, and with --lost a beginning with another.

import { type Resealing, reseal as resealAll } from "../app/another-secret.ts";
import { readConfig } from "../config.ts";
import { isNothing } from "../tenancy/index.ts";
import { openHouse } from "./house.ts";
import { type Said, said } from "./said.ts";

/** Exit 1 where something is given up, or would be. */
export async function reseal({ json, lost }: { readonly json: boolean; readonly lost: boolean }): Promise<Said> {
  const premises = await openHouse(readConfig(process.env), "alone", { anySecret: true });
  try {
    const { database, seal, secret, clock } = premises;
    const found = await resealAll({ database, seal, secret, now: clock.now() }, { lost });
    const whole = !found.another && isNothing(found.unopened);
    return said(json, { ...found, lost: lost && !whole }, whole ? WHOLE : textOf(found, lost), whole ? 0 : 1);
  } finally {
    await premises.close();
  }
}

const WHOLE = "All that is sealed here opens with this secret: there is nothing to do.";

function textOf(
  { another, unopened: { webhooks, integrations, tokens, secrets }, addresses }: Resealing,
  lost: boolean,
) {
  const accounts = [...integrations, ...tokens.flatMap(({ kind, id }) => (kind === "location" ? [id] : []))];
  const companies = tokens.flatMap(({ kind, id }) => (kind === "company" ? [id] : []));
  const lines: [string, readonly string[]][] = [
    ["Connect these accounts again:", [...new Set(accounts)].sort()],
    ["Connect these companies again:", companies],
    ["Give these accounts' Webhook actions in the CRM their new address (latchkey doctor prints it):", webhooks],
    [
      "Set these secrets of workflows again (latchkey secrets set):",
      secrets.map((one) => `${one.name} (${one.location})`),
    ],
  ];
  return [
    lost ? "What the lost secret had sealed is given up." : NOT_YET,
    ...lines.flatMap(([what, which]) => (which.length === 0 ? [] : [`${what}\n  ${which.join("\n  ")}`])),
    ...(another ? [ENDED, addresses === undefined ? WOULD : wordsOf(addresses)] : []),
    ...(lost
      ? []
      : [
          "Nothing is done yet. With the old secret put back all of it goes on; where it is lost for good: latchkey reseal --lost",
        ]),
  ].join("\n");
}

const NOT_YET = "This does not open with the secret at hand, and would be given up:";
const ENDED = "Links in messages that were sent end, the way out of e-mails among them, and everybody signs in anew.";
const WOULD = "Opt-outs, bounces and sends go on for everybody of whom more than a hash is known here.";

const wordsOf = ({ kept, unknown }: { readonly kept: number; readonly unknown: number }): string =>
  `What is known of ${kept} numbers and addresses goes on. ${
    unknown === 0
      ? "No opt-out is lost."
      : `${unknown} opt-outs are of nobody who is known here any more: should one of them come back, only the CRM's do-not-disturb tells that they had left.`
  }`;
