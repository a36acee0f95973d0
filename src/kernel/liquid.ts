// What Liquid is to us, wherever it is read: no files, no chance, and no clock or zone of the machine. A text is made of what the
// turn knows.

const TAGS = ["include", "render", "layout", "block"];
const FILTERS = ["sample", "date_to_xmlschema", "date_to_rfc822", "date_to_string", "date_to_long_string"];

/** Makes these tags and filters unknown. */
export function bounded<Engine extends { readonly tags: object; readonly filters: object }>(liquid: Engine): Engine {
  for (const tag of TAGS) Reflect.deleteProperty(liquid.tags, tag);
  for (const filter of FILTERS) Reflect.deleteProperty(liquid.filters, filter);
  return liquid;
}
