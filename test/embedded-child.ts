// A process of its own around the embedded server, for tests that kill it. Prints one line of JSON, ends on SIGTERM. With SERVES
// in its environment others may join it.

import { openEmbedded } from "../src/database/index.ts";
import { openFacts } from "../src/kernel/facts.ts";

const [data = "", elsewhere] = process.argv.slice(2);
const facts = openFacts();
try {
  const server = await openEmbedded({
    data,
    facts,
    serves: process.env["SERVES"] !== undefined,
    ...(elsewhere === undefined ? {} : { elsewhere }),
  });
  process.once("SIGTERM", () => server.close().then(() => process.exit(0)));
  console.log(JSON.stringify({ url: server.url, pid: server.pid() }));
} catch (error) {
  console.log(JSON.stringify({ error: (error as Error).name, message: (error as Error).message }));
  process.exit(1);
}
