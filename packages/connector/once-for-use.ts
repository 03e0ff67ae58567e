import type { ConnectorContext } from './context.ts';

/**
 * A function that makes something once for each use and gives the same again for its other documents: a
 * client, a connection, what was learned of the service. It is forgotten with the use. What is a promise and
 * rejects is made again at the next call.
 *
 * @example const clientOf = onceForUse((context, options: Settings) => new S3Client({ … }));
 * const client = clientOf(context, settings);
 */
export function onceForUse<T, A extends readonly unknown[]>(
  make: (context: ConnectorContext, ...rest: A) => T,
): (context: ConnectorContext, ...rest: A) => T {
  const made = new WeakMap<ConnectorContext, { readonly value: T }>();
  return (context, ...rest) => {
    const known = made.get(context);
    if (known !== undefined) return known.value;
    const entry = { value: make(context, ...rest) };
    made.set(context, entry);
    if (entry.value instanceof Promise) {
      entry.value.catch(() => {
        if (made.get(context) === entry) made.delete(context);
      });
    }
    return entry.value;
  };
}
