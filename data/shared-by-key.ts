/**
 * Readings that begin after they are asked for, one at a time for each key: callers who ask while one is
 * under way share the next one.
 */
export function sharedByKey<Output>(read: (key: string) => Promise<Output>): (key: string) => Promise<Output> {
  const readings = new Map<string, { current: Promise<unknown>; next: Promise<Output> | undefined }>();
  const begin = (key: string): Promise<Output> => {
    const reading = read(key);
    const entry = { current: reading, next: undefined as Promise<Output> | undefined };
    readings.set(key, entry);
    void reading
      .catch(() => undefined)
      .then(() => {
        if (entry.next === undefined) readings.delete(key);
      });
    return reading;
  };
  return (key) => {
    const entry = readings.get(key);
    if (entry === undefined) return begin(key);
    entry.next ??= entry.current.catch(() => undefined).then(() => begin(key));
    return entry.next;
  };
}
