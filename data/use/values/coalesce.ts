/** So many keys go into one statement at the most. */
const MAXIMUM_TOGETHER = 64;

interface Waiter<Key, Found> {
  readonly key: Key;
  readonly resolve: (found: Found) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Puts the look-ups of many callers into few statements: while one is under way the next ones gather, and
 * leave together when it has landed. No timer, so one caller alone waits for nothing; and nothing is kept, so
 * each gets what was in the database after it asked. When a statement for several fails, each is asked for
 * alone, so that nobody fails for another's key.
 *
 * @param load answers in the order of the keys, at most 64 of them.
 */
export function coalesce<Key, Found>(load: (keys: readonly Key[]) => Promise<readonly Found[]>): (key: Key) => Promise<Found> {
  const waiting: Waiter<Key, Found>[] = [];
  let underWay = false;

  async function loadAll(group: readonly Waiter<Key, Found>[]): Promise<void> {
    try {
      const found = await load(group.map(({ key }) => key));
      if (found.length !== group.length) throw new Error(`A look-up of ${group.length} keys answered ${found.length}.`);
      group.forEach(({ resolve }, position) => {
        resolve(found[position] as Found);
      });
    } catch (error) {
      if (group.length > 1) await Promise.all(group.map((waiter) => loadAll([waiter])));
      else group[0]?.reject(error);
    }
  }

  async function work(): Promise<void> {
    while (waiting.length > 0) await loadAll(waiting.splice(0, MAXIMUM_TOGETHER));
    underWay = false;
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (underWay) return;
      underWay = true;
      // A turn later, so that what is asked for in the same turn leaves together.
      queueMicrotask(() => void work());
    });
}

/** One `coalesce` for each connection: a transaction must not answer what another one sees. */
export function coalesceByConnection<Connection extends object, Key, Found>(
  load: (db: Connection, keys: readonly Key[]) => Promise<readonly Found[]>,
): (db: Connection, key: Key) => Promise<Found> {
  const loaders = new WeakMap<Connection, (key: Key) => Promise<Found>>();
  return (db, key) => {
    let loader = loaders.get(db);
    if (loader === undefined) {
      loader = coalesce((keys) => load(db, keys));
      loaders.set(db, loader);
    }
    return loader(key);
  };
}
