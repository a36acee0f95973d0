// Whether a location's own quiet hours and caps bind less after a change: what an owner has set, only an owner loosens. Pure.

interface Narrowing {
  /** As "21:00-08:00". */
  readonly quietHours?: readonly string[] | undefined;
  readonly emailQuietHours?: boolean | undefined;
  /** As "2 per 24h", by channel. */
  readonly caps?: Readonly<Record<string, string | undefined>> | undefined;
}

/** What binds less, in words; none where the change keeps or narrows all of it. */
export function loosened(before: Narrowing, after: Narrowing): string[] {
  const [was, is] = [quietMinutes(before.quietHours ?? []), quietMinutes(after.quietHours ?? [])];
  return [
    ...(was.some((quiet, minute) => quiet === 1 && is[minute] === 0) ? ["the quiet hours"] : []),
    ...(before.emailQuietHours === true && after.emailQuietHours !== true ? ["the quiet hours of e-mail"] : []),
    ...Object.entries(before.caps ?? {}).flatMap(([channel, rate]) =>
      rate === undefined || isWithin(after.caps?.[channel], rate) ? [] : [`the cap of ${channel}`],
    ),
  ];
}

/** Of a day's minutes, 1 where it is quiet. @param ranges one that ends before it begins goes on after midnight */
export function quietMinutes(ranges: readonly string[]): Uint8Array {
  const minutes = (time: string) => 60 * Number(time.slice(0, 2)) + Number(time.slice(3));
  const day = new Uint8Array(1_440);
  for (const range of ranges) {
    const [from, to] = [minutes(range.slice(0, 5)), minutes(range.slice(6))];
    if (from < to) day.fill(1, from, to);
    else day.fill(1, from).fill(1, 0, to);
  }
  return day;
}

/** Whether who keeps to one cap keeps to the other: so many windows of the one lie in a window of the other. */
function isWithin(cap: string | undefined, other: string): boolean {
  if (cap === undefined) return false;
  const [one, two] = [rateOf(cap), rateOf(other)];
  return one.count * Math.ceil(two.minutes / one.minutes) <= two.count;
}

const MINUTES: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1_440 };

function rateOf(cap: string): { readonly count: number; readonly minutes: number } {
  const [count = "", window = ""] = cap.split(" per ");
  return { count: Number(count), minutes: Number.parseInt(window, 10) * (MINUTES[window.slice(-1)] ?? 1) };
}
