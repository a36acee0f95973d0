// A location and what it has: users, tags, fields, workflows.

import * as answer from "../answers.ts";
import { type Api, mapped, type Reply } from "../request.ts";

export interface NewField {
  readonly name: string;
  readonly dataType: string;
}

export interface LocationsOperations {
  workflows(location: string): Promise<Reply<readonly answer.Named[]>>;
  tags(location: string): Promise<Reply<readonly answer.Named[]>>;
  customFields(location: string): Promise<Reply<readonly answer.Field[]>>;
  /** Not repeatable: the CRM may have made it when it does not answer. */
  createCustomField(location: string, field: NewField): Promise<Reply<answer.Field>>;
  users(location: string, company: string): Promise<Reply<readonly answer.User[]>>;
  location(location: string): Promise<Reply<answer.Location>>;
}

export function locationsOperations({ call }: Api): LocationsOperations {
  return {
    async workflows(location) {
      const reply = await call(location, {
        resource: "workflows",
        method: "GET",
        path: "/workflows/",
        query: { locationId: location },
        shape: answer.Workflows,
      });
      return mapped(reply, ({ workflows }) => workflows);
    },
    async tags(location) {
      const path = `/locations/${encodeURIComponent(location)}/tags`;
      const reply = await call(location, { resource: "locations", method: "GET", path, shape: answer.Tags });
      return mapped(reply, ({ tags }) => tags);
    },
    async customFields(location) {
      const path = `/locations/${encodeURIComponent(location)}/customFields`;
      const reply = await call(location, {
        resource: "locations",
        method: "GET",
        path,
        query: { model: "contact" },
        shape: answer.Fields,
      });
      return mapped(reply, ({ customFields }) => customFields);
    },
    async createCustomField(location, { name, dataType }) {
      const path = `/locations/${encodeURIComponent(location)}/customFields`;
      const body = { name, dataType, model: "contact" };
      const reply = await call(location, { resource: "locations", method: "POST", path, body, shape: answer.OneField });
      return mapped(reply, ({ customField }) => customField);
    },
    async users(location, company) {
      const query = { companyId: company, locationId: location, limit: 100 };
      const reply = await call(location, {
        resource: "users",
        method: "GET",
        path: "/users/search",
        query,
        shape: answer.Users,
      });
      return mapped(reply, ({ users }) => users);
    },
    async location(location) {
      const path = `/locations/${encodeURIComponent(location)}`;
      const reply = await call(location, { resource: "locations", method: "GET", path, shape: answer.LocationAnswer });
      return mapped(reply, (value) => value.location);
    },
  };
}
