import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port for a process that must know its own before it listens, or keep it when it is started again. Outside of what the
 * system gives by itself: between this look and that process nobody else is given it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    const server = createServer().listen(port, "127.0.0.1");
    const isFree = await once(server, "listening").then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
