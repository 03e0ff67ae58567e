import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOCUMENTS = globSync('**/*.md', { cwd: ROOT, exclude: (name) => /^(?:node_modules|\..+)$/.test(name) }).sort();
/** The folders of the repository: what begins with one of them is meant as a path. */
const ROOMS = /^(?:bench|bin|cli|connectors|console|control|data|db|docs|examples|launcher|packages|tests|tools|vectors)\//;

const read = (document: string) => readFileSync(join(ROOT, document), 'utf8');
const headings = (text: string) =>
  [...text.matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

test('every link between documents leads to a file, and to a heading that is in it', () => {
  const broken = DOCUMENTS.flatMap((document) =>
    [...read(document).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path = '', fragment] = target.split('#');
        const file = path === '' ? document : join(dirname(document), path);
        if (!existsSync(join(ROOT, file))) return true;
        return fragment !== undefined && statSync(join(ROOT, file)).isFile() && !headings(read(file)).includes(fragment);
      })
      .map((target) => `${document}: ${target}`),
  );
  assert.deepEqual(broken, []);
});

test('every path that a document names is there', () => {
  const missing = DOCUMENTS.filter((document) => !document.startsWith('docs/decisions/')).flatMap((document) =>
    [...read(document).matchAll(/`([^`\s]+)`/g)]
      .map(([, path = '']) => path)
      .filter((path) => ROOMS.test(path) && !path.includes('<'))
      .filter((path) => (/[*]/.test(path) ? globSync(path, { cwd: ROOT }).length === 0 : !existsSync(join(ROOT, path))))
      .map((path) => `${document}: ${path}`),
  );
  assert.deepEqual(missing, []);
});

test('every decision is in the index, under its number', () => {
  const files = globSync('[0-9]*.md', { cwd: join(ROOT, 'docs/decisions') }).sort();
  const rows = [...read('docs/decisions/README.md').matchAll(/^\| \[(\d+)\]\(([^)]+)\) \| \S/gm)];
  assert.ok(files.length > 50, 'The decisions were found.');
  assert.deepEqual(
    rows.map(([, number = '', file]) => `${number.padStart(4, '0')}: ${file}`),
    files.map((file) => `${file.slice(0, 4)}: ${file}`),
    'docs/decisions/README.md lists them in order: a row for each, with what was decided in one sentence.',
  );
  const titles = files.filter((file) => !read(`docs/decisions/${file}`).startsWith(`# ${Number(file.slice(0, 4))}. `));
  assert.deepEqual(titles, [], 'A decision begins with its number.');
});

test('every npm script that a document names is there', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const missing = DOCUMENTS.flatMap((document) =>
    [...read(document).matchAll(/\bnpm (?:run )?(start|test|[a-z]+(?=`|\s+#| --))/g)]
      .map(([, script = '']) => script)
      .filter((script) => !(script in scripts) && !['install', 'ci', 'pack'].includes(script))
      .map((script) => `${document}: ${script}`),
  );
  assert.deepEqual(missing, []);
});

test('no document tells a reader outside of the clone to run a package that is not ours', () => {
  // These two say that it is meant in the clone, and why.
  const inTheClone = ['README.md', 'docs/guides/command-line.md'];
  assert.deepEqual(
    DOCUMENTS.filter((document) => /\bnpx (?:-y )?holdfast\b/.test(read(document))).filter((document) => !inTheClone.includes(document)),
    [],
  );
  for (const document of inTheClone) assert.match(read(document), /outside[^.]*`npx holdfast`\s+would\s+fetch a package/i);
});

test('no package can be published under a name that is not ours by mistake', () => {
  const manifests = globSync(
    '{package.json,{packages,connectors}/*/package.json,{bench,cli,console,control,data,db,launcher,tests,vectors}/package.json}',
    {
      cwd: ROOT,
    },
  );
  assert.ok(manifests.length > 15);
  for (const path of manifests) {
    const { name, private: isPrivate } = JSON.parse(read(path)) as { name: string; private?: boolean };
    assert.equal(isPrivate, true, path);
    // The clone itself has the program's name, so that npx finds the program in it.
    assert.ok(path === 'package.json' ? name === 'holdfast' : name.startsWith('@holdfast/'), `${path}: ${name}`);
  }
});
