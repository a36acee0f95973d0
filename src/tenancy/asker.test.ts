import { describe, expect, test } from "vitest";
import { InvalidInput, Unavailable } from "../kernel/errors.ts";
import { openAsker, orNobody } from "./asker.ts";

const cookie = { cookie: "latchkey=hers", host: "latchkey.example.com" };
const key = { authorization: "Bearer ours" };
const agent = { id: "u1", name: "Ann", role: "agent" as const, locations: ["loc"] };
const program = { id: "key:1", name: "site", role: "agent" as const, locations: ["loc"] };

const ask = openAsker({
  sessions: { read: ({ headers }) => (headers.cookie === undefined ? undefined : { ...agent, until: 1 }) },
  authorize: async (header) => {
    if (header === undefined) throw new InvalidInput("Send an API key.", "unauthorized");
    return program;
  },
});

describe("who asks", () => {
  test("is known by a session, else by an API key, else refused", async () => {
    expect(await ask({ method: "GET", headers: cookie }, "loc")).toMatchObject({ id: "u1" });
    expect(await ask({ method: "POST", headers: key }, "loc")).toMatchObject({ id: "key:1" });
    await expect(ask({ headers: {} }, "loc")).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("may not use another location", async () => {
    await expect(ask({ method: "GET", headers: cookie }, "other")).rejects.toMatchObject({ code: "forbidden" });
    await expect(ask({ method: "GET", headers: key }, "other")).rejects.toMatchObject({ code: "forbidden" });
  });

  test("may do what the role allows, and is told which role the rest takes", async () => {
    for (const least of [undefined, "viewer", "agent"] as const)
      expect(await ask({ method: "GET", headers: key }, "loc", least)).toMatchObject({ id: "key:1" });
    for (const least of ["manager", "owner"] as const)
      await expect(ask({ method: "GET", headers: key }, "loc", least)).rejects.toMatchObject({
        code: "forbidden",
        message: `This takes the role ${least}, or more.`,
      });
  });

  test("changes nothing by a cookie that another site's page sent along", async () => {
    const from = (origin: string) => ({ method: "POST", headers: { ...cookie, origin } });
    await expect(ask(from("https://elsewhere.example.com"), "loc")).rejects.toMatchObject({ code: "unauthorized" });
    expect(await ask(from("https://latchkey.example.com"), "loc")).toMatchObject({ id: "u1" });
  });

  test("is nobody where the asking was refused, and not yet known while the database is away", async () => {
    expect(await orNobody(ask({ headers: {} }, "loc"))).toBeUndefined();
    const away = Promise.reject(new Unavailable("The database is away."));
    await expect(orNobody(away)).rejects.toBeInstanceOf(Unavailable);
  });
});
