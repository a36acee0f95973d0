// What the acceptance tests of the shipped journeys share: the folder, the links of a location, and words for asking.

import { type Folder, folderOf, type Journey, journey, type Script, unwalked } from "./journey.ts";

export const shipped: Folder = folderOf("workflows");

const LINKS = {
  booking: "https://homes.example.com/book",
  listings: "https://homes.example.com/new",
  "form.home_wishlist": "https://homes.example.com/wishes",
  "form.buyer_survey": "https://homes.example.com/survey",
};

/** Each journey that was walked here, so that the last test can ask what none of them has met. */
export function openJourneys() {
  const walked: Journey[] = [];
  return {
    async walk(script: Script): Promise<Journey> {
      const done = await journey(shipped, { ...script, place: { links: LINKS, ...script.place } });
      walked.push(done);
      return done;
    },
    /** Branches of these workflows that no journey has taken. */
    missed: (workflows: readonly string[]): string[] =>
      unwalked(shipped, walked).filter((branch) => workflows.includes(branch.split("/")[0] ?? "")),
  };
}

/** How the run of a workflow ended; `undefined` while it goes on, or where there is none. */
export const endOf = (done: Journey, workflow: string): string | undefined =>
  done.runs.find((run) => run.workflow === workflow && run.outcome !== "not_enrolled")?.outcome;

/** Step and channel of each message that left, of one workflow or of all, in order. */
export const sent = (done: Journey, workflow?: string): string[] =>
  done.messages
    .filter((message) => message.sentAt !== undefined && (workflow === undefined || message.workflow === workflow))
    .map(({ path, channel }) => `${path} by ${channel}`);

/** Steps of the tasks that were made, in order. */
export const tasksOf = (done: Journey): string[] => done.tasks.map(({ path }) => path);
