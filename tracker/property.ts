// Which home a page shows, where it shows one: the page's own data attributes, else its JSON-LD, else its meta tags.

export interface Property {
  id: string;
  [name: string]: string | number;
}

type Loose = Record<string, unknown>;

export const findProperty = (): Property | undefined => byAttributes() ?? byJsonLd() ?? byMeta();

const textOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value).trim().slice(0, 200) : "";

/** What has a value; amounts as numbers. */
function property(id: unknown, more: Loose): Property | undefined {
  const own = textOf(id);
  if (!own) return;
  const found: Property = { id: own };
  for (const name in more) {
    const text = textOf(more[name]);
    const amount = Number(text.replace(/[$,\s]/g, ""));
    if (text) found[name] = /^(price|beds|baths|area)$/.test(name) && amount ? amount : text;
  }
  return found;
}

/** `<main data-latchkey-property="MLS-1" data-latchkey-price="450000" data-latchkey-city="Austin">` */
function byAttributes(): Property | undefined {
  const { latchkeyProperty, ...rest } =
    document.querySelector<HTMLElement>("[data-latchkey-property]")?.dataset ?? ({} as DOMStringMap);
  const more: Loose = {};
  for (const name in rest) if (/^latchkey/.test(name)) more[name.slice(8).toLowerCase()] = rest[name];
  return property(latchkeyProperty, more);
}

const HOME = /RealEstateListing|Residence|House|Apartment|Condominium|Accommodation|Product/;
const one = (value: unknown): Loose => ((Array.isArray(value) ? value[0] : value) ?? {}) as Loose;

/** All nodes that are a home: a page may hold several, and lists of others. */
function homes(node: unknown, found: Loose[] = []): Loose[] {
  if (Array.isArray(node)) for (const each of node) homes(each, found);
  else if (node && typeof node === "object") {
    const it = node as Loose;
    if (HOME.test(String(it["@type"]))) found.push(it);
    else for (const inner of [it["@graph"], it["mainEntity"], it["about"]]) homes(inner, found);
  }
  return found;
}

function byJsonLd(): Property | undefined {
  const all: Loose[] = [];
  for (const script of document.querySelectorAll('script[type="application/ld+json"]')) {
    try {
      homes(JSON.parse(script.textContent ?? ""), all);
    } catch {}
  }
  // of several, the one that says it is this page; a list of homes is no view of one
  const it = all[1]
    ? all.find(({ url }) => url && new URL(String(url), location.href).pathname === location.pathname)
    : all[0];
  if (!it) return;
  const home = one(it["mainEntity"] ?? it["about"] ?? it["itemOffered"] ?? it);
  const offer = one(it["offers"] ?? home["offers"]);
  const place = it["address"] ?? home["address"] ?? one(it["contentLocation"])["address"];
  const address = one(place);
  const mark = one(it["identifier"] ?? home["identifier"]);
  const id = [it["identifier"], home["identifier"], mark["value"], it["sku"], it["productID"], it["@id"], it["url"]];
  return property(id.find(textOf) ?? location.pathname, {
    price: offer["price"] ?? offer["lowPrice"] ?? one(offer["priceSpecification"])["price"],
    address: textOf(place) || address["streetAddress"],
    city: address["addressLocality"],
    state: address["addressRegion"],
    zip: address["postalCode"],
    beds: home["numberOfBedrooms"] ?? home["numberOfRooms"],
    baths: home["numberOfBathroomsTotal"],
    name: it["name"],
  });
}

function byMeta(): Property | undefined {
  const meta = (...names: string[]) => {
    for (const name of names) {
      const found = document.querySelector<HTMLMetaElement>(`meta[property="${name}"],meta[name="${name}"]`);
      if (found?.content) return found.content;
    }
    return undefined;
  };
  const kind = /house|home|listing|estate|property|residence/i.test(meta("og:type") ?? "");
  return property(meta("latchkey:property", "product:retailer_item_id") ?? (kind ? location.pathname : ""), {
    price: meta("latchkey:price", "product:price:amount", "og:price:amount"),
    address: meta("latchkey:address", "og:street-address"),
    city: meta("latchkey:city", "og:locality"),
  });
}
