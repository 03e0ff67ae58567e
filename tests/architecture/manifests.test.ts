import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { importsOf, packageOf, readSources, readWorkspaces } from './import-graph.ts';
import { isTest } from './rules.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = await readSources(root);
const workspaces = await readWorkspaces(root);

/** What is needed and never imported, and by what it is used. */
const USED_OTHERWISE: Readonly<Record<string, string>> = {
  node: 'what the programs run under',
  '@mantine/dates': 'a peer of @rjsf/mantine, which shows its fields',
  dayjs: 'a peer of @mantine/dates; @rjsf/mantine imports it without naming it',
};

/** Test tools of the whole tree stand in one manifest. */
const OTHERS = ['tests'];
const isEmpty = (folder: string) => ![...sources.keys()].some((path) => path.startsWith(`${folder}/`));
/** A connector of which only the manifest is there. */
const begun = new Set(workspaces.filter(({ folder }) => isEmpty(folder)).map(({ name }) => name));

async function namedBy(folder: string): Promise<string[]> {
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as {
    dependencies?: object;
    devDependencies?: object;
  };
  return Object.keys({ ...dependencies, ...devDependencies });
}

for (const { folder, name: workspace } of workspaces) {
  if (OTHERS.includes(folder) || begun.has(workspace)) continue;
  test(`the manifest of ${folder} names all that is imported there, at the top of a file or when it is needed`, async () => {
    const known = new Set([workspace, ...(await namedBy(folder))]);
    const unnamed = [...sources].flatMap(([path, text]) => {
      if (!path.startsWith(`${folder}/`) || isTest(path)) return [];
      const specifiers = importsOf(text).flatMap(({ specifier }) => specifier ?? []);
      const packages = specifiers.filter((specifier) => !/^[./#]/.test(specifier) && !isBuiltin(specifier)).map(packageOf);
      return packages.filter((name) => !known.has(name)).map((name) => `${path}: ${name}`);
    });
    assert.deepEqual(unnamed, []);
  });

  test(`the manifest of ${folder} names only what is imported there`, async () => {
    const own = [...sources].filter(([path]) => path.startsWith(`${folder}/`)).map(([, text]) => text);
    const specifiers = own.flatMap((text) => importsOf(text).flatMap(({ specifier }) => specifier ?? []));
    const unused = (await namedBy(folder)).filter((name) => {
      if (name in USED_OTHERWISE || begun.has(name)) return false;
      // Types of a package that is imported under its own name.
      const imported = name.replace(/^@types\//, '');
      const isImported = specifiers.some((specifier) => specifier === imported || specifier.startsWith(`${imported}/`));
      // A file that is asked for by name at run time, such as a program or a style sheet.
      return (
        !isImported &&
        !own.some((text) => text.includes(`'${imported}/`) || text.includes(`'${imported}'`) || text.includes(`/${imported}/`))
      );
    });
    assert.deepEqual(unused, []);
  });
}
