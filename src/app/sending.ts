// The sender, put together: the CRM's channels and records, webhooks and triggers, and whether a row may still leave.

import { saveProofs } from "../compliance/index.ts";
import type { Config } from "../config.ts";
import { openChannels, openLookup, openRecords } from "../highlevel/index.ts";
import type { Facts } from "../kernel/facts.ts";
import { confirmedAt, readLeads } from "../leads/index.ts";
import { openAllowed, openHook, openSender, type Sender } from "../outreach/index.ts";
import { openSecrets } from "../tenancy/index.ts";
import type { Scenes } from "../turns/index.ts";
import type { Crm } from "./crm.ts";
import type { Telling } from "./crm-workflows.ts";
import type { Strangers } from "./introductions.ts";
import type { Premises } from "./premises.ts";
import { openRights } from "./rights.ts";
import type { Teams } from "./teams.ts";

interface Needs {
  readonly config: Config;
  readonly premises: Premises;
  readonly teams: Teams;
  readonly crm: Crm;
  readonly facts: Facts;
  readonly addressKey: Uint8Array;
  readonly scenes: Scenes;
  readonly telling: Telling;
  readonly strangers: Strangers;
  readonly mailed: (location: string) => void;
}

export function openSending(needs: Needs): Sender {
  const { config, crm, facts, addressKey, scenes, strangers, mailed } = needs;
  const { database, seal, clock: real } = needs.premises;
  const { clock } = needs.teams;
  const secrets = openSecrets({ database, seal, clock: real });
  return openSender({
    ...{ database: database.steady, clock, facts, addressKey, mailed },
    leads: readLeads,
    rights: openRights(scenes, clock),
    budget: crm.budget,
    channels: openChannels(crm.api.granted, real),
    records: openRecords(crm.api.granted, real),
    hook: openHook({
      clock: real,
      secret: (location, name) => secrets.read(location, name),
      isAllowed: openAllowed(config.webhookNetworks),
    }),
    trigger: needs.telling.call,
    lookup: openLookup(crm.api.granted, real),
    reread: (location, lead) => strangers.introduce(location, lead, true),
    confirmed: confirmedAt,
    prove: saveProofs,
    gone: (location, lead) => strangers.strangers(location, [lead], { missed: true }),
    strangers: (location, leads) => strangers.strangers(location, leads),
    pollMs: config.roles.has("worker") ? 250 : 0,
  });
}
