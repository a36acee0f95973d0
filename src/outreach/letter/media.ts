// Files that e-mails and texts bring along. They lie beside the workflows that name them; the CRM fetches them from us, and only
// what a published template names is given out.

import { createReadStream, realpathSync, statSync } from "node:fs";
import { extname, join, sep } from "node:path";
import type { FastifyInstance } from "fastify";
import { InvalidInput } from "../../kernel/errors.ts";
import type { Template } from "../../workflows/index.ts";

export interface MediaOptions {
  /** The folder of workflows. */
  readonly dir: string;
  /** Our public address, without a trailing slash; undefined where the CRM cannot reach us. */
  readonly url: string | undefined;
}

export interface Media {
  /** Where the CRM finds a file; undefined where there is no such file, or no address. */
  url(location: string, name: string): string | undefined;
  /** The file itself: the location's own before everybody's. */
  file(location: string, name: string): string | undefined;
  /** Its bytes; undefined where there is no such file. */
  size(location: string, name: string): number | undefined;
}

export function openMedia({ dir, url }: MediaOptions): Media {
  const file = (location: string, name: string) =>
    dir !== "" && isPlain(name) ? (within(join(dir, `@${location}`), name) ?? within(dir, name)) : undefined;
  return {
    file,
    size(location, name) {
      const path = file(location, name);
      return path === undefined ? undefined : statSync(path).size;
    },
    url(location, name) {
      if (url === undefined || file(location, name) === undefined) return undefined;
      return `${url}/media/${[location, ...name.split("/")].map(encodeURIComponent).join("/")}`;
    },
  };
}

/** A path of ordinary names: nothing hidden, nothing above, no workflow. */
const isPlain = (name: string): boolean =>
  /^[^\\\0/.][^\\\0]*$/.test(name) &&
  name.split("/").every((part) => part !== "" && !/^[.@]/.test(part)) &&
  !/\.ya?ml$/i.test(name);

/** A file inside a folder, also after links have been followed. */
function within(folder: string, name: string): string | undefined {
  try {
    const home = realpathSync(folder);
    const path = realpathSync(join(home, name));
    return path.startsWith(home + sep) && statSync(path).isFile() ? path : undefined;
  } catch {
    return undefined; // it is not there
  }
}

/** Providers of texts compare it with what the file is, and refuse a file of another type than it says. */
const TYPES: Readonly<Record<string, string>> = {
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".mp4": "video/mp4",
  ".3gp": "video/3gpp",
  ".mp3": "audio/mpeg",
  ".vcf": "text/vcard",
  ".ics": "text/calendar",
  ".txt": "text/plain; charset=utf-8",
  ".doc": "application/msword",
  ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
};

/** Whether a template's e-mail or text brings this file along. */
export const isAttached = (templates: Readonly<Record<string, Template>>, name: string): boolean =>
  Object.values(templates).some(({ email, smsAttach }) =>
    [email?.attach, smsAttach].some((names) => names?.includes(name)),
  );

export interface MediaDoors {
  readonly media: Media;
  /** Whether a published template of the location names this file. */
  readonly isNamed: (location: string, name: string) => Promise<boolean>;
}

/** `GET /media/:location/<name>`: open to all, as an attachment is to whoever gets the message. */
export function mediaRoutes(app: FastifyInstance, { media, isNamed }: MediaDoors): void {
  app.get("/media/:location/*", async (request, reply) => {
    const { location = "", "*": name = "" } = request.params as Readonly<Record<string, string | undefined>>;
    const path = /^[A-Za-z0-9_-]{1,64}$/.test(location) ? media.file(location, name) : undefined;
    if (path === undefined || !(await isNamed(location, name)))
      throw new InvalidInput("There is no such file.", "not-found");
    reply.header("x-content-type-options", "nosniff");
    reply.header("content-disposition", "attachment");
    reply.header("cache-control", "public, max-age=300");
    reply.header("content-length", statSync(path).size); // providers of texts ask how long a file is before they take it
    return reply.type(TYPES[extname(path).toLowerCase()] ?? "application/octet-stream").send(createReadStream(path));
  });
}
