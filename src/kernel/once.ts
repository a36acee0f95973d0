/** What is made of a thing that does not change: made when it is first asked for, the same for as long as somebody holds it. */
export function oncePer<Thing extends object, Made extends object>(
  make: (thing: Thing) => Made,
): (thing: Thing) => Made {
  const made = new WeakMap<Thing, Made>();
  return (thing) => {
    const before = made.get(thing);
    if (before !== undefined) return before;
    const now = make(thing);
    made.set(thing, now);
    return now;
  };
}
