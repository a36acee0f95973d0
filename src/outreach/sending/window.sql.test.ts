// A WhatsApp message whose window closes before it leaves: by the CRM's workflow that sends a template, and what comes back.

import { describe, expect, test } from "vitest";
import { databasePerFile } from "../../../test/database.ts";
import { NOON, senderAt } from "../../../test/sending.ts";
import { openPlace, type Place } from "../../../test/turns.ts";
import { DAY, HOUR, MINUTE } from "../../kernel/time.ts";
import { type AskStatus, askAwaited, receiveReceipts } from "../index.ts";
import type { OutgoingMessage, ProviderReceipt, SendResult } from "../message.ts";

const yaml = (whatsapp: string) => `
workflow: viewing
enroll: { when: message.received }
steps: [ { id: hi, send: hi, via: [whatsapp, sms], purpose: transactional }, { id: rest, wait: 30d } ]
---
settings: { highlevel_workflows: { viewing_template: wf4 } }
templates: { hi: { whatsapp: ${whatsapp}, sms: "Hello by text" } }
`;
const BOTH = "{ body: Hello, highlevel_workflow: viewing_template }";

const db = databasePerFile();

/** A lead who has just written on WhatsApp, at a location whose messages leave through `send`. */
async function stage(whatsapp: string, send: (message: OutgoingMessage) => SendResult = () => TAKEN) {
  const place = await openPlace(db, NOON);
  await place.publish(yaml(whatsapp));
  const sent: OutgoingMessage["rendered"][] = [];
  const answer = (message: OutgoingMessage) => {
    sent.push(message.rendered);
    return send(message);
  };
  const sender = senderAt(place, { whatsapp: answer, sms: answer }, { lookup: async () => ({ found: "none" }) });
  const contact = { name: "Ada", phone: "+12125550101", tags: [] };
  const asOf = { change: "create", asOf: NOON, createdAt: NOON };
  await place.mail({ lead: "Ada", type: "crm.contact", data: { ...asOf, contact } });
  await place.mail({ lead: "Ada", type: "message.received", data: { channel: "whatsapp", text: "Is it free?" } });
  await place.run();
  const leave = async () => {
    await sender.pass(place.location);
    await place.run();
  };
  return { place, sent, leave };
}
const TAKEN: SendResult = { result: "accepted", provider: {} };

const rows = (place: Place) =>
  place.rows<{ state: string; channel: string; provider: string | null; text: string; delivered: boolean }>(
    `select o.state, o.channels[o.place + 1] as channel, o.provider_id as provider,
            m.rendered -> o.channels[o.place + 1] ->> 'text' as text, m.delivery ? 'deliveredAt' as delivered
       from outbox as o join message as m on m.location_id = o.location_id and m.message_id = o.outbox_id
      where o.location_id = $1 and o.kind = 'message'`,
  );
const receive = (place: Place, more: Partial<ProviderReceipt>) =>
  db.database.transaction([place.location], (sql) =>
    receiveReceipts(sql, place.location, [
      {
        ...{ providerId: "m1", provider: { messageId: "m1" }, kind: "echo", at: place.clock.at + MINUTE },
        ...{ channel: "whatsapp", contact: "Ada", byWorkflow: true },
        ...more,
      },
    ]),
  );

describe("a WhatsApp message", () => {
  test("goes as free text while the window is open, and by the CRM's workflow once it has closed on the way", async () => {
    const open = await stage(BOTH);
    await open.leave();
    expect(open.sent).toMatchObject([{ channel: "whatsapp", text: "Hello" }]);
    expect(open.sent[0]).not.toHaveProperty("workflow");

    const { place, sent, leave } = await stage(BOTH);
    place.clock.at += DAY;
    await leave(); // held: what was decided may not leave any more, and its turn decides anew
    expect(sent).toEqual([]);
    await leave();
    expect(sent).toMatchObject([{ channel: "whatsapp", text: "viewing_template", workflow: "wf4" }]);
    expect(await rows(place)).toMatchObject([{ state: "accepted", channel: "whatsapp", text: "viewing_template" }]);
    const [checked] = await place.rows<{ checked: { code: string; values?: object }[] }>(
      "select checked from message where location_id = $1",
    );
    expect(checked?.checked).toContainEqual({
      ...{ code: "window.template", ok: true, channel: "whatsapp" },
      values: { last: NOON, template: "viewing_template" },
    });
  });

  test("without a mapped workflow is refused outside the window as before, and takes the next channel", async () => {
    const { place, sent, leave } = await stage("Hello");
    place.clock.at += DAY;
    await leave();
    await leave();
    expect(sent).toMatchObject([{ channel: "sms" }]);
  });

  test("that went by a workflow is known by contact and time, and what comes back later as well", async () => {
    const { place, leave } = await stage(BOTH);
    place.clock.at += DAY;
    await leave();
    await leave();
    await receive(place, { byWorkflow: undefined as never, providerId: "ours", provider: { messageId: "ours" } });
    expect(await rows(place)).toMatchObject([{ provider: null }]);
    await receive(place, {});
    expect(await rows(place)).toMatchObject([{ provider: "m1", delivered: false }]);
    await receive(place, { kind: "delivered", at: place.clock.at + HOUR });
    await place.run();
    expect(await rows(place)).toMatchObject([{ provider: "m1", delivered: true }]);
  });

  test("that went by a workflow is asked about once it is known, until something final is said", async () => {
    const { place, leave } = await stage(BOTH);
    place.clock.at += DAY;
    await leave();
    await leave();
    const at = () => place.clock.at;
    const clock = { now: at, real: at, elapsed: at };
    const asked: string[] = [];
    const pass = (says?: { readonly kind: "delivered" }) => {
      const status: AskStatus = async (_location, { providerId, channel }) => {
        asked.push(`${channel} ${providerId}`);
        return says;
      };
      return askAwaited({ database: db.database, clock, status }, place.location);
    };
    place.clock.at += HOUR;
    await pass();
    expect(asked).toEqual([]); // nobody has said under which id
    await receive(place, { at: place.clock.at });
    await pass();
    expect(asked).toEqual([]);
    place.clock.at += MINUTE;
    await pass();
    place.clock.at += 9 * MINUTE;
    await pass({ kind: "delivered" });
    place.clock.at += DAY;
    await pass();
    expect(asked).toEqual(["whatsapp m1", "whatsapp m1"]);
    await place.run();
    expect(await rows(place)).toMatchObject([{ provider: "m1", delivered: true }]);
  });

  test("that went as free text is not named by a template of another workflow", async () => {
    const { place, leave } = await stage(BOTH);
    await leave();
    await receive(place, {});
    expect(await rows(place)).toMatchObject([{ state: "accepted", provider: null, text: "Hello" }]);
  });

  test("whose template the carrier refuses goes on to the next channel", async () => {
    const { place, sent, leave } = await stage(BOTH);
    place.clock.at += DAY;
    await leave();
    await leave();
    await receive(place, { kind: "failed", detail: "undelivered" });
    await place.run();
    await leave();
    expect(sent.map(({ channel }) => channel)).toEqual(["whatsapp", "sms"]);
  });

  test("whose workflow was asked without an answer is a person's to judge: nothing shows whether it was sent", async () => {
    const { place, leave } = await stage(BOTH, () => ({ result: "unconfirmed", detail: "no answer" }));
    place.clock.at += DAY;
    await leave();
    await leave();
    expect(await rows(place)).toMatchObject([{ state: "undecided", channel: "whatsapp" }]);
  });
});
