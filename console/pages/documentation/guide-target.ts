/**
 * Where a link of a guide leads: another guide, out of the console, or to a file that only the source has.
 */
export type GuideTarget = { kind: 'guide'; name: string; hash: string } | { kind: 'outside'; href: string } | { kind: 'source' };

const GUIDE = /^(?:\.\/|(?:\.\.\/){0,2})(?:(?:guides|reference|connectors)\/){0,2}([a-z0-9-]+)\.md(?:#(.*))?$/;

/** @param names the guides that there are. */
export function guideTarget(href: string, current: string, names: readonly string[]): GuideTarget {
  if (/^https?:\/\//.test(href)) return { kind: 'outside', href };
  if (href.startsWith('#')) return { kind: 'guide', name: current, hash: href.slice(1) };
  const [, name, hash = ''] = GUIDE.exec(href) ?? [];
  return name !== undefined && names.includes(name) ? { kind: 'guide', name, hash } : { kind: 'source' };
}
