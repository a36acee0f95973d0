// The processes that the end-to-end suites start run from dist/: it is built before, as npm start would.

export default async function setup(): Promise<void> {
  const { buildStale } = (await import(new URL("../build.mjs", import.meta.url).href)) as {
    buildStale(): Promise<void>;
  };
  await buildStale();
}
