// A trigger of ours in a workflow of the CRM: what the CRM says of it, read strictly, and which of our events it wants.
// Pure but for the reading.

import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import { faultsOf } from "../kernel/request.ts";

/** What triggers there are. In the CRM's developer portal their keys end in these words. */
export const KINDS = ["behavior", "tier", "run_ended"] as const;
export type TriggerKind = (typeof KINDS)[number];

export interface Filter {
  /** A member of the event. */
  readonly field: string;
  readonly operator: string;
  readonly value: string | number | boolean | readonly (string | number | boolean)[];
}

export interface Subscription {
  readonly id: string;
  readonly kind: TriggerKind;
  readonly filters: readonly Filter[];
  readonly targetUrl: string;
  /** The CRM's. */
  readonly workflow?: string;
  /** Why it will never fire as it stands. */
  readonly problem?: string;
}

/** What the CRM tells: somebody saved such a trigger, or took it out. */
export type SubscriptionChange = { readonly location: string } & (
  | { readonly type: "set"; readonly subscription: Subscription }
  | { readonly type: "removed"; readonly id: string }
);

const Id = z.string().min(1).max(200);
const Scalar = z.union([z.string().max(1_000), z.number(), z.boolean()]);
const FilterShape = z.looseObject({
  field: z.string().min(1).max(200),
  operator: z.string().min(1).max(60),
  value: z.union([Scalar, z.array(Scalar).max(100)]).nullish(),
});
/** The documented members; the CRM may add others. */
const Shape = z.looseObject({
  triggerData: z.looseObject({
    id: Id,
    key: z.string().min(1).max(200).nullish(),
    filters: z.array(FilterShape).max(50).nullish(),
    eventType: z.enum(["CREATED", "UPDATED", "DELETED"]),
    targetUrl: z.string().max(2_048).nullish(),
  }),
  meta: z.looseObject({ key: z.string().max(200).nullish() }).nullish(),
  extras: z.looseObject({
    locationId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "expected a location's id"),
    workflowId: z.string().max(200).nullish(),
  }),
});

/** @throws InvalidInput naming the field */
export function readSubscription(body: unknown): SubscriptionChange {
  const parsed = Shape.safeParse(body);
  if (!parsed.success) {
    throw new InvalidInput("This is not what the CRM says of a trigger.", "invalid-input", faultsOf(parsed.error));
  }
  const { triggerData, meta, extras } = parsed.data;
  const location = extras.locationId;
  if (triggerData.eventType === "DELETED") return { location, type: "removed", id: triggerData.id };
  const key = triggerData.key ?? meta?.key ?? "";
  const kind = KINDS.find((one) => key === one || key.endsWith(`_${one}`));
  if (kind === undefined) throw wrong("triggerData.key", `expected a key that ends in ${KINDS.join(", ")}`);
  if (!triggerData.targetUrl) throw wrong("triggerData.targetUrl", "is missing");
  // a filter that is left empty asks nothing
  const filters = (triggerData.filters ?? []).flatMap(({ field, operator, value }): Filter[] =>
    value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0)
      ? []
      : [{ field, operator, value }],
  );
  const strange = filters.find(({ operator }) => COMPARE[operator] === undefined);
  const subscription: Subscription = {
    id: triggerData.id,
    kind,
    filters,
    targetUrl: triggerData.targetUrl,
    ...(extras.workflowId ? { workflow: extras.workflowId } : {}),
    ...(strange === undefined
      ? {}
      : { problem: `its filter on ${strange.field} compares by "${strange.operator}", which is not known here` }),
  };
  return { location, type: "set", subscription };
}

const wrong = (field: string, detail: string) =>
  new InvalidInput(`${field}: ${detail}`, "invalid-input", [{ field, detail }]);

// Filters ------------------------------------------------------------------------------------------------------------

/** What a workflow of the CRM is told: flat, so that its filters and variables name members directly. */
export type TriggerEvent = Readonly<Record<string, string | number>>;

type Scalar = string | number | boolean;
type Compare = (held: Scalar, wanted: Scalar) => boolean;
const text = (value: Scalar): string => String(value).trim().toLowerCase();
const equal: Compare = (held, wanted) => text(held) === text(wanted);
const contains: Compare = (held, wanted) => text(held).includes(text(wanted));
const ordered =
  (holds: (held: number, wanted: number) => boolean): Compare =>
  (held, wanted) =>
    holds(Number(held), Number(wanted));
const not =
  (compare: Compare): Compare =>
  (held, wanted) =>
    !compare(held, wanted);

/** With several values, `all` wants every one and `any` one of them. The CRM documents `==` alone. */
const COMPARE: Readonly<Record<string, { readonly compare: Compare; readonly of: "any" | "all" }>> = Object.assign(
  Object.create(null),
  {
    "==": { compare: equal, of: "any" },
    "!=": { compare: not(equal), of: "all" },
    contains: { compare: contains, of: "any" },
    "not-contains": { compare: not(contains), of: "all" },
    ">": { compare: ordered((held, wanted) => held > wanted), of: "all" },
    ">=": { compare: ordered((held, wanted) => held >= wanted), of: "all" },
    "<": { compare: ordered((held, wanted) => held < wanted), of: "all" },
    "<=": { compare: ordered((held, wanted) => held <= wanted), of: "all" },
  },
);

/** Whether this trigger is to be told of this event. What cannot be compared does not pass. */
export function wants({ kind, filters }: Subscription, event: TriggerEvent): boolean {
  if (event["type"] !== kind) return false;
  return filters.every(({ field, operator, value }) => {
    const how = COMPARE[operator];
    const held = Object.hasOwn(event, field) ? event[field] : undefined;
    if (how === undefined || held === undefined) return false;
    const wanted = Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar];
    return how.of === "any"
      ? wanted.some((one) => how.compare(held, one))
      : wanted.every((one) => how.compare(held, one));
  });
}
