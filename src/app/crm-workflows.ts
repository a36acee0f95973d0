// The CRM's own workflows: how they are told what happened, and what they may ask of us.

import { InvalidInput } from "../kernel/errors.ts";
import type { Facts } from "../kernel/facts.ts";
import { isOwnField } from "../kernel/own-fields.ts";
import type { Database } from "../kernel/sql.ts";
import type { Clock } from "../kernel/time.ts";
import { type MarketplaceDoors, targetOf } from "../marketplace/index.ts";
import {
  type CallTrigger,
  openAllowed,
  openOutside,
  openTargets,
  openTriggerCall,
  type Targets,
} from "../outreach/index.ts";
import { type Catalogs, type Installations, turnSwitch } from "../tenancy/index.ts";
import { type ActionNeeds, openCrmActions } from "./crm-actions.ts";

export interface Telling {
  readonly call: CallTrigger;
  readonly targets: Targets;
}

interface TellingNeeds {
  readonly database: Database;
  readonly clock: Clock;
  /** Where the CRM's API is: its triggers are told beside it. */
  readonly apiUrl: string;
  readonly triggerTargets: readonly string[];
  readonly webhookNetworks: readonly string[];
  readonly token: (location: string) => string | undefined | Promise<string | undefined>;
}

export function openTelling(needs: TellingNeeds): Telling {
  const { database, clock, apiUrl, triggerTargets, webhookNetworks, token } = needs;
  const targets = openTargets({ apiUrl, named: triggerTargets });
  const call = openTriggerCall({
    outside: openOutside({ isAllowed: openAllowed(webhookNetworks) }),
    targets,
    real: () => clock.real(),
    token,
    target: (location, id) => database.transaction([location], (sql) => targetOf(sql, location, id)),
  });
  return { call, targets };
}

interface DoorNeeds extends ActionNeeds {
  readonly facts: Facts;
  readonly installations: Pick<Installations, "get" | "list" | "changed" | "workflowSecret">;
  readonly catalogs: Pick<Catalogs, "get" | "sync">;
  readonly targets: Targets;
  readonly authorize: MarketplaceDoors["authorize"];
}

export function openCrmDoors({ installations, catalogs, targets, ...needs }: DoorNeeds): MarketplaceDoors {
  const actions = openCrmActions(needs);
  const { database, clock, facts, authorize } = needs;
  const fieldsOf = (location: string): readonly string[] =>
    catalogs
      .get(location)
      .filter(({ kind, data }) => kind === "field" && isOwnField(String(data["key"]).replace(/^contact\./, "")))
      .map(({ data }) => String(data["name"]));
  return {
    ...{ database, clock, facts, authorize },
    locations: () => installations.list().map(({ location }) => location),
    workflowSecret: (location) => installations.workflowSecret(location),
    wrongTarget: (url) => {
      const found = targets(url);
      return typeof found === "string" ? found : undefined;
    },
    writeBack: {
      isOn: (location) => installations.get(location)?.settings["writeBack"] === true,
      fields: fieldsOf,
      async turn(location, on, by) {
        const turned = async (to: boolean) => {
          await turnSwitch({ database, clock }, { location, name: "writeBack", on: to, by });
          await installations.changed(location);
        };
        await turned(on);
        await catalogs.sync(location);
        if (!on || fieldsOf(location).length > 0) return;
        await turned(false);
        throw new InvalidInput(
          "The CRM has none of our fields and made none. See that the location is connected with the scope locations/customFields.write (connect it again where it lacks it), and turn this on again.",
          "conflict",
        );
      },
    },
    act: actions.act,
    options: actions.options,
  };
}
