// An action of ours in a workflow of the CRM: what the CRM asks, read strictly, and the answer in the shape it expects:
// flat members that become its custom variables, and the branch to go on by. Pure but for the reading.

import { z } from "zod";
import { InvalidInput } from "../kernel/errors.ts";
import { sha256 } from "../kernel/ids.ts";
import { canonicalJson, type JsonObject } from "../kernel/json.ts";
import { faultsOf, inOneLine } from "../kernel/request.ts";

export const ACTIONS = ["enroll", "score", "channel"] as const;
export type ActionName = (typeof ACTIONS)[number];

export interface ActionAsked {
  readonly location: string;
  readonly contact: string;
  /** The CRM's workflow that asks. */
  readonly workflow?: string;
  /** What was entered in the action's fields. */
  readonly data: JsonObject;
  readonly branches: readonly Branch[];
  /**
   * Names this execution. With the CRM's own id of it (`extras.statusId`) it is exact; without, equal requests within
   * a minute are taken for one that was sent again.
   */
  readonly execution: { readonly id: string; readonly exact: boolean };
}

interface Branch {
  readonly id: string;
  readonly name?: string | null | undefined;
}

/** Members that the CRM offers as custom variables. */
export type ActionAnswer = Readonly<Record<string, string | number>>;

const Id = z.string().min(1).max(200);
const Shape = z.looseObject({
  data: z.looseObject({
    branches: z
      .array(z.looseObject({ id: Id, name: z.string().max(200).nullish() }))
      .max(50)
      .nullish(),
  }),
  extras: z.looseObject({
    locationId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "expected a location's id"),
    contactId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "expected a contact's id: this action needs a contact"),
    workflowId: z.string().max(200).nullish(),
    statusId: z.string().max(200).nullish(),
    stepId: z.string().max(200).nullish(),
  }),
});

/** @throws InvalidInput naming the field */
export function readAction(action: ActionName, body: unknown): ActionAsked {
  const parsed = Shape.safeParse(body);
  if (!parsed.success) {
    const errors = faultsOf(parsed.error);
    const detail = inOneLine(errors);
    throw new InvalidInput(`This is not what the CRM sends for an action: ${detail}`, "invalid-input", errors);
  }
  const { data: given, extras } = parsed.data;
  const { branches, ...data } = given;
  const { locationId, contactId, workflowId, statusId, stepId } = extras;
  const exact = typeof statusId === "string" && statusId !== "";
  const named: JsonObject = exact
    ? { action, contactId, statusId, stepId: stepId ?? "" }
    : { action, contactId, workflowId: workflowId ?? "", stepId: stepId ?? "", data: data as JsonObject };
  return {
    location: locationId,
    contact: contactId,
    ...(workflowId ? { workflow: workflowId } : {}),
    data: data as JsonObject,
    branches: branches ?? [],
    execution: { id: sha256(canonicalJson(named)), exact },
  };
}

/**
 * With the branch whose name is one of the outcomes, however it is written (`Not enrolled`, `not_enrolled`); where none
 * is, the CRM goes on by the branch it keeps for that.
 *
 * @param outcomes the most exact first
 */
export function withBranch(answer: ActionAnswer, { branches }: ActionAsked, outcomes: readonly string[]): ActionAnswer {
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]+/g, "");
  for (const outcome of outcomes) {
    const found = branches.find(({ name }) => plain(name ?? "") === plain(outcome));
    if (found !== undefined) return { ...answer, branchId: found.id };
  }
  return answer;
}
