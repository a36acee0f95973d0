// Finds the operation of a request: literal segments before named ones, no regular expression on the hot path.

import type { Operation } from "./operation.ts";

interface Match {
  readonly operation: Operation;
  readonly path: readonly string[];
}

export interface Router {
  match(method: string, pathname: string): Match | undefined;
}

export function openRouter(operations: readonly Operation[]): Router {
  const groups = new Map<string, { operation: Operation; segments: string[] }[]>();
  for (const operation of operations) {
    const segments = operation.path.split("/").slice(1);
    const key = `${operation.method} ${segments.length}`;
    groups.set(key, [...(groups.get(key) ?? []), { operation, segments }]);
  }
  const named = ({ segments }: { segments: string[] }) => segments.findIndex((segment) => segment.startsWith(":"));
  for (const group of groups.values())
    group.sort((a, b) => (named(b) === -1 ? 99 : named(b)) - (named(a) === -1 ? 99 : named(a)));

  return {
    match(method, pathname) {
      const given = (pathname.endsWith("/") ? pathname.slice(1, -1) : pathname.slice(1)).split("/");
      for (const { operation, segments } of groups.get(`${method} ${given.length}`) ?? []) {
        const path = values(segments, given);
        if (path !== undefined) return { operation, path };
      }
      return undefined;
    },
  };
}

function values(segments: readonly string[], given: readonly string[]): string[] | undefined {
  const found: string[] = [];
  for (let i = 0; i < segments.length; i += 1) {
    const segment = segments[i] ?? "";
    if (segment.startsWith(":")) found.push(given[i] ?? "");
    else if (segment !== given[i]) return undefined;
  }
  return found;
}
