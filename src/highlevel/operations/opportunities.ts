// Deals and their pipelines.

import * as answer from "../answers.ts";
import { type Api, mapped, type Reply } from "../request.ts";

export interface OpportunitiesOperations {
  createOpportunity(location: string, body: object, signal?: AbortSignal): Promise<Reply<string>>;
  updateOpportunity(location: string, id: string, body: object, signal?: AbortSignal): Promise<Reply<unknown>>;
  opportunities(
    location: string,
    asked: { readonly contact: string; readonly pipeline: string },
    signal?: AbortSignal,
  ): Promise<Reply<readonly answer.Opportunity[]>>;
  pipelines(location: string): Promise<Reply<readonly answer.Pipeline[]>>;
}

export function opportunitiesOperations({ call, options }: Api): OpportunitiesOperations {
  return {
    async createOpportunity(location, body, signal) {
      const reply = await call(location, {
        resource: "opportunities",
        method: "POST",
        path: "/opportunities/",
        body,
        shape: answer.OpportunityAnswer,
        signal,
      });
      return mapped(reply, ({ opportunity }) => opportunity.id);
    },
    updateOpportunity: (location, id, body, signal) =>
      call(location, {
        resource: "opportunities",
        method: "PUT",
        path: `/opportunities/${encodeURIComponent(id)}`,
        body,
        shape: answer.Anything,
        signal,
      }),
    async opportunities(location, { contact, pipeline }, signal) {
      // the dated version asks with underscores
      const query =
        options.versions === "dated"
          ? { location_id: location, contact_id: contact, pipeline_id: pipeline, status: "all", limit: 100 }
          : { locationId: location, contactId: contact, pipelineId: pipeline, status: "all", limit: 100 };
      const reply = await call(location, {
        resource: "opportunities",
        method: "GET",
        path: "/opportunities/search",
        query,
        shape: answer.Opportunities,
        signal,
      });
      return mapped(reply, ({ opportunities }) => opportunities);
    },
    async pipelines(location) {
      const query = { locationId: location };
      const reply = await call(location, {
        resource: "opportunities",
        method: "GET",
        path: "/opportunities/pipelines",
        query,
        shape: answer.Pipelines,
      });
      return mapped(reply, ({ pipelines }) => pipelines);
    },
  };
}
