// Models over HTTP: what they are and how they were judged; training, promotion and rollback by a person.

import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { type Aim, APPOINTMENT, aimAt, OUTCOMES, WON_DAYS } from "../../kernel/aim.ts";
import { Place, parse, text } from "../../kernel/request.ts";
import type { Asker } from "../../tenancy/index.ts";
import type { Aims } from "./aims.ts";
import { MOST_GROUP_TEXT, TRAIN_LIMIT } from "./bounds.ts";
import { readGroups } from "./groups.ts";
import { KINDS } from "./kept.ts";
import type { Models } from "./models.ts";
import type { Promotion } from "./promotion.ts";
import type { Trainer } from "./trainer.ts";
import { modelView } from "./view.ts";

export interface ModelDoors {
  readonly aims: Aims;
  readonly models: Models;
  readonly trainer: Pick<Trainer, "begin" | "cancel">;
  readonly promotion: Promotion;
  /** From where a page goes on living; read before the answer. */
  mark(location: string): Promise<object>;
  /** At a location that we work for. */
  readonly authorize: Asker;
}

const OneModel = Place.extend({ id: z.string().regex(/^[0-9a-f]{8,64}$/, "expected a model's id") });
const OneTraining = Place.extend({ id: z.uuid("expected a training's id") });
const kind = z.enum(KINDS);
const Listed = z.object({ kind: kind.optional() });
const reason = text(300);
const Foretells = z
  .strictObject({ outcome: z.enum(OUTCOMES), days: z.number().int().optional() })
  .transform(({ outcome, days }, context): Aim => {
    const aim = aimAt(outcome, days);
    if (aim !== undefined) return aim;
    const { least, most } = WON_DAYS;
    const expected = outcome === "won" ? `from ${least} to ${most}` : `${APPOINTMENT.days}, of an appointment`;
    context.addIssue({ code: "custom", path: ["days"], message: `expected days ${expected}` });
    return z.NEVER;
  });
const TrainBody = z
  .strictObject({
    kind: kind.default("chance"),
    /** The same outcomes under the same seed make the same model. */
    seed: z.number().int().min(0).max(4_294_967_295).default(1),
    /** A CSV with the columns `contact` and `group`: read for the judging, kept nowhere. */
    groups: z
      .string()
      .max(MOST_GROUP_TEXT, `expected at most ${MOST_GROUP_TEXT.toLocaleString("en-US")} characters of CSV`)
      .optional(),
    /** What the chance is to foretell from now on: an owner's choice, kept where the training begins and only there. */
    foretells: Foretells.optional(),
  })
  .refine(({ kind: of, foretells }) => of === "chance" || foretells === undefined, {
    path: ["foretells"],
    error: "going cold has no outcome to choose",
  });
const Promoted = z.strictObject({ reason, anyway: z.boolean().default(false) });
const RolledBack = z.strictObject({ kind: kind.default("chance"), reason });

export function modelRoutes(
  app: FastifyInstance,
  { aims, models, trainer, promotion, mark, authorize }: ModelDoors,
): void {
  const at = "/v1/locations/:location/models";

  app.get(at, async (request, reply) => {
    const { location } = parse(Place, request.params);
    await authorize(request, location, "viewer");
    const asked = parse(Listed, request.query);
    reply.header("cache-control", "no-store");
    const live = await mark(location);
    return { ...(await models.list(location, asked.kind)), live };
  });

  app.get(`${at}/:id`, async (request, reply) => {
    const { location } = parse(Place, request.params);
    await authorize(request, location, "viewer");
    const { id } = parse(OneModel, request.params);
    reply.header("cache-control", "no-store");
    return models.one(location, id);
  });

  app.get(`${at}/:id/export`, async (request, reply) => {
    const { location } = parse(Place, request.params);
    await authorize(request, location, "manager");
    const { id } = parse(OneModel, request.params);
    reply.header("cache-control", "no-store");
    return models.export(location, id);
  });

  // a body of this size is read only of somebody who may send it
  const beforeBody = async (request: FastifyRequest) => {
    const { location } = parse(Place, request.params);
    await authorize(request, location, "manager");
  };
  app.post(`${at}/train`, { bodyLimit: TRAIN_LIMIT, onRequest: beforeBody }, async (request, reply) => {
    const { location } = parse(Place, request.params);
    const { name } = await authorize(request, location, "manager");
    const { groups, foretells: aim, ...asked } = parse(TrainBody, request.body ?? {});
    if (aim !== undefined) await authorize(request, location, "owner");
    const known = groups === undefined ? {} : { groups: readGroups(groups) };
    const choice = aim === undefined ? {} : { choice: aims.choice(location, aim, name) };
    const { id, warnings } = await trainer.begin(location, { ...asked, ...known, ...choice, by: name });
    const training = await models.training(location, id);
    return reply.code(202).send(aim === undefined ? training : { ...training, warnings });
  });

  app.get("/v1/locations/:location/trainings/:id", async (request, reply) => {
    const { location, id } = parse(OneTraining, request.params);
    await authorize(request, location, "viewer");
    reply.header("cache-control", "no-store");
    return models.training(location, id);
  });

  app.post("/v1/locations/:location/trainings/:id/cancel", async (request) => {
    const { location, id } = parse(OneTraining, request.params);
    const { name } = await authorize(request, location, "manager");
    await trainer.cancel(location, id, name);
    return models.training(location, id);
  });

  app.post(`${at}/:id/promote`, async (request) => {
    const { location } = parse(Place, request.params);
    const { name } = await authorize(request, location, "owner");
    const { id } = parse(OneModel, request.params);
    const { reason: why, anyway } = parse(Promoted, request.body ?? {});
    return modelView(await promotion.promote(location, id, { by: name, why, anyway }));
  });

  app.post(`${at}/foretells`, async (request) => {
    const { location } = parse(Place, request.params);
    const { name } = await authorize(request, location, "owner");
    const warnings = await aims.choose(location, parse(Foretells, request.body ?? {}), name);
    return { ...(await models.news(location)).foretells, warnings };
  });

  app.post(`${at}/rollback`, async (request) => {
    const { location } = parse(Place, request.params);
    const { name } = await authorize(request, location, "owner");
    const { kind: which, reason: why } = parse(RolledBack, request.body ?? {});
    const back = await promotion.rollback(location, which, { by: name, why });
    return { scores: back === undefined ? "rules" : back.id };
  });
}
