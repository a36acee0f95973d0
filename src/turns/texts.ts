// What texts for people may say.

import { type JsonObject, nested } from "../kernel/json.ts";
import { mergeFields } from "../leads/index.ts";
import { type Run, runValues } from "../workflows/index.ts";
import type { Desk } from "./desk.ts";
import { reasonsSaid } from "./score.ts";

/** What a text may say: the lead, the enrolling event, the location's links. */
export function fieldsOf(desk: Desk, run: Run | undefined): JsonObject {
  return {
    ...(mergeFields(desk.lead, desk.scene.now, desk.scene.catalog) as unknown as JsonObject),
    lead: { score: desk.score?.score ?? 0, reasons: reasonsSaid(desk) },
    event: nested(run?.enrolledBy.data ?? {}),
    ...(run === undefined ? {} : runValues(run, desk.clock)),
    link: linksOf(desk),
  };
}

/** `form.wishlist` is `link.form.wishlist`; `link.form.last` is that of the form the lead last began or sent. */
function linksOf({ scene: { links }, form }: Desk): JsonObject {
  const last = form === undefined ? undefined : links[`form.${form}`];
  return nested(last === undefined ? links : { ...links, "form.last": last });
}

/** A line for people: a task's title, a note. One that cannot be rendered is told as it was written. */
export function renderLine(desk: Desk, text: string, run: Run | undefined, more: JsonObject = {}): string {
  const line = desk.scene.renderText(text, { ...fieldsOf(desk, run), ...more }, desk.zone);
  return typeof line === "string" ? line : text;
}
