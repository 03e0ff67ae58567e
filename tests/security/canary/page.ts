/** Runs in the page: its elements, and what was typed into them. */
export function readPage(): string {
  const fields = [...document.querySelectorAll('input, textarea, select')].map((field) => (field as HTMLInputElement).value);
  return [document.documentElement.outerHTML, ...fields].join('\n');
}

/** Runs in the page: everything it can keep, as text. */
export async function readStorage(): Promise<string> {
  const parts: unknown[] = [{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, history.state];
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(name ?? '');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    for (const store of database.objectStoreNames) {
      const all = await new Promise<unknown[]>((resolve, reject) => {
        const request = database.transaction(store).objectStore(store).getAll();
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
      parts.push(store, all);
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) parts.push(request.url, await (await cache.match(request))?.text());
  }
  return JSON.stringify(parts);
}
