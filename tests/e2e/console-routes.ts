import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../harness/instance.ts';

const ORGANIZATION = '/organizations/$organization';

/** Every address of the console as its router has it: `/organizations/$organization/secrets/$secret`. */
export async function readRoutes(): Promise<string[]> {
  const source = await readFile(join(repository, 'console', 'routes.tsx'), 'utf8');
  const routes = [...source.matchAll(/createRoute\(\{\s*getParentRoute: (\S+(?: => root)?),\s*path: '([^']+)'/g)].map(
    ([, parent = '', path = '']) => {
      if (parent === '() => root') return path;
      assert.equal(parent, 'inOrganization', `${path} has a parent that this test does not know.`);
      return path === '/' ? ORGANIZATION : `${ORGANIZATION}${path}`;
    },
  );
  assert.equal(routes.length, source.match(/createRoute\(/g)?.length, 'each route was read');
  return [...new Set(routes)];
}

/** What stands in the place of a name or an id, and leads to no page of its own kind. */
const NO_PARAMETER = '(?!(?:new|NOT_THERE)(?:/|$))';

/** The routes to which none of these addresses leads. */
export function routesWithout(addresses: readonly string[], routes: readonly string[]): string[] {
  const paths = addresses.map((address) => new URL(address, 'http://console').pathname);
  return routes.filter((route) => {
    const pattern = new RegExp(`^${route.replaceAll(/\$\w+/g, `${NO_PARAMETER}[^/]+`)}$`);
    return !paths.some((path) => pattern.test(path));
  });
}
