// The location's own turn: its letters in, its answers out. Events that concern no lead are in the log, and end there.

import { type Letter, LOCATION_LEAD } from "../events/index.ts";
import { type JsonObject, own } from "../kernel/json.ts";
import { zoneDataVersion } from "../kernel/zone.ts";
import { stub } from "../leads/index.ts";
import type { LeadCase, LocationOutcome, Scene } from "./case.ts";
import { mailInput } from "./inputs.ts";
import { answer, type LocationFacts, type LocationState } from "./location.ts";

export function decideLocation(turn: LeadCase, scene: Scene): LocationOutcome {
  const { location, now, publication } = scene;
  const facts = factsOf(scene, turn.owned ?? {});
  const inputs: JsonObject[] = turn.owned === undefined ? [] : [{ found: { owned: turn.owned } }];
  const letters: Letter[] = [];
  let state: LocationState = turn.shared ?? {};
  for (const mail of turn.mail) {
    inputs.push(mailInput(mail, now));
    if (mail.kind !== "ask") continue;
    const answered = answer(state, mail.ask, facts);
    state = answered.state;
    letters.push({ location, lead: mail.ask.lead, kind: "reply", receivedAt: now, body: answered.reply });
  }
  return {
    lead: stub(location, LOCATION_LEAD),
    leadChanged: false,
    shared: state,
    runs: [],
    queued: [],
    moved: [],
    events: [],
    decisions: [],
    deltas: [],
    addresses: [],
    agreed: [],
    heard: false,
    exposures: [],
    segments: { entered: [], left: [] },
    letters,
    read: turn.mail.map(({ seq }) => seq),
    dueAt: turn.moreMail ? now : undefined,
    record: {
      lead: LOCATION_LEAD,
      turn: turn.turn,
      at: now,
      publication: publication.id,
      zoneData: zoneDataVersion,
      inputs,
    },
  };
}

function factsOf(scene: Scene, owned: Readonly<Record<string, number>>): LocationFacts {
  const { plans, settings } = scene.publication;
  const { users } = scene.catalog;
  const teams = settings.teams;
  return {
    now: scene.now,
    limit: (workflow) => plans.find((plan) => plan.workflow === workflow)?.enroll?.limit,
    team: (id) => (own(teams, id) ?? own(teams, `team.${id}`))?.map((user) => user.replace(/^user\./, "")),
    available: (user) => own(users, user)?.available,
    owned,
  };
}
