/** Each by itself: one that fails keeps no other waiting, and is thrown in the end. */
export async function each<T>(all: Iterable<T>, act: (one: T) => Promise<unknown> | undefined): Promise<void> {
  const failures: unknown[] = [];
  for (const one of all) {
    try {
      await act(one);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
