// `segments`: named conditions. Declared first, compiled when somebody asks, and kept up to date for the location.

import type { Segment } from "../plan.ts";
import { segmentNamed } from "./conditions.ts";
import type { Library } from "./library.ts";
import type { CompiledSegment } from "./names.ts";
import { asMap, checkId, checkKeys, claimId, textOf } from "./shape.ts";
import { entryOf, type Node } from "./source.ts";

export function declareSegments(section: Node, { report, names }: Library): void {
  const map = asMap(section, '"segments"', report);
  for (const entry of map?.entries ?? []) {
    const { key, place, value } = entry;
    if (!checkId(key, place, report) || !claimId("segment", entry, names.segments, report)) continue;
    const segment = asMap(value, `segment "${key}"`, report);
    if (segment !== undefined) checkKeys(segment, "a segment", ["name", "about", "if"], report);
    const condition = segment === undefined ? undefined : entryOf(segment, "if");
    if (segment !== undefined && condition === undefined) {
      report.error("no-if", place, 'a segment needs "if", what is true of those in it.');
    }
    const name = segment === undefined ? undefined : textOf(entryOf(segment, "name"), report)?.value;
    names.segments.set(key, {
      place,
      name: name ?? key,
      ...(condition === undefined ? {} : { node: condition.value }),
    });
  }
}

export interface PlacedSegment {
  readonly segment: Segment;
  readonly scope: Pick<CompiledSegment, "questions">;
}

/** All of the folder, in order of their ids; whoever nobody asked for is compiled now. */
export function compileSegments({ report, names }: Pick<Library, "report" | "names">): PlacedSegment[] {
  return [...names.segments]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([id, { place, name }]) => {
      const compiled = segmentNamed(id, place, { report, names });
      if (compiled === undefined) return [];
      return [{ segment: { id, name, if: compiled.condition }, scope: compiled }];
    });
}
