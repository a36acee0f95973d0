// A workflow as a drawing.

import type { Plan } from "../plan.ts";
import { chartOf } from "./chart.ts";
import { mermaidOf } from "./mermaid.ts";
import { svgOf } from "./svg.ts";

export const drawingOf = (plan: Plan, format: "mermaid" | "svg"): string =>
  format === "svg" ? svgOf(chartOf(plan)) : mermaidOf(chartOf(plan));
