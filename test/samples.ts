import { existsSync, readdirSync, readFileSync } from "node:fs";

/** HighLevel's documented webhooks, beside the repository or one folder further up; the project passes without them. */
const FOLDERS = ["../../shared/ghl/webhooks/", "../../../shared/ghl/webhooks/"];

export interface Sample {
  readonly file: string;
  readonly type: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const NAMES: Readonly<Record<string, string>> = {
  AppInstall: "INSTALL",
  AppUninstall: "UNINSTALL",
  PlanChange: "PLAN_CHANGE",
  ConversationUnreadWebhook: "ConversationUnreadUpdate",
};

/** Every JSON example of the documents, with `type` added where it is left out. Empty when there are none to read. */
export function documentedSamples(): readonly Sample[] {
  const folder = FOLDERS.map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url));
  if (folder === undefined) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".md") && file !== "README.md" && !file.startsWith("_"))
    .sort()
    .flatMap((file) => examples(readFileSync(new URL(file, folder), "utf8")).map((body) => named(file, body)));
}

/** Some documents open the block with ```json{ : the brace belongs to the example. */
function examples(markdown: string): Record<string, unknown>[] {
  return [...markdown.matchAll(/```json([^\n]*)\n([\s\S]*?)```/g)].flatMap(([, rest = "", text = ""]) => {
    if (rest.includes("schema")) return [];
    try {
      return [JSON.parse(`${rest.trim()}${text}`) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
}

function named(file: string, body: Record<string, unknown>): Sample {
  const name = file.replace(/\.md$/, "");
  const type = typeof body["type"] === "string" ? body["type"] : (NAMES[name] ?? name);
  return { file: name, type, body: { type, ...body } };
}
