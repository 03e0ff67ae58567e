/**
 * Where the console goes on after signing in: only an address of its own. `//elsewhere.example`, and what
 * becomes that when it is resolved, would lead to another site or to no page.
 */
export function ownAddress(next: string | undefined, origin: string): string {
  if (next === undefined || !URL.canParse(next, origin)) return '/';
  const address = new URL(next, origin);
  if (address.origin !== origin || address.pathname.startsWith('//')) return '/';
  return address.pathname + address.search;
}
