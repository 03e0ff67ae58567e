import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { holdfast } from '../../../tests/harness/command-line.ts';
import { type Instance, repository, startInstance } from '../../../tests/harness/instance.ts';
import { type Exchange, formatTranscript, parseTranscript } from './transcript.ts';

/**
 * Plays each transcript of a folder from its beginning, all of them on one instance, in the order of their
 * names. With UPDATE_TRANSCRIPTS=1 they are written again from what really came: read the difference before
 * it is committed.
 */
export function playTranscripts(folder: string): void {
  for (const path of globSync(join(import.meta.dirname, '..', folder, '*.txt')).sort()) {
    test(basename(path, '.txt').replace(/^\d+-/, '').replaceAll('-', ' '), async () => {
      const expected = parseTranscript(readFileSync(path, 'utf8'));
      const played: Exchange[] = [];
      for (const exchange of expected) played.push(await play(exchange));
      if (UPDATE) writeFileSync(path, formatTranscript(played));
      else for (const [position, exchange] of played.entries()) assertSame(exchange, expected[position]);
    });
  }
}

/** One command at a time: of a whole transcript, a report shows the beginning and leaves out what differs. */
function assertSame(played: Exchange, expected: Exchange | undefined): void {
  assert.equal(formatTranscript([played]), formatTranscript(expected === undefined ? [] : [expected]));
}

const UPDATE = process.env.UPDATE_TRANSCRIPTS === '1';

let instance: Instance;
let person: string;
before(async () => {
  instance = await startInstance();
  person = await mkdtemp(join(tmpdir(), 'holdfast-person-'));
  await writeFile(join(person, 'two.env'), "# two secrets\nFIRST='the first value'\nSECOND=the-second-value\n", { mode: 0o600 });
  await writeFile(join(person, 'readable.env'), 'THIRD=the-third-value\n', { mode: 0o644 });
  await writeFile(join(person, 'empty.env'), '# nothing\n');
  await writeFile(join(person, 'bad-name.env'), 'FINE=some-value\n9BAD=another-value\n', { mode: 0o600 });
  await writeFile(join(person, 'pem.env'), 'KEY="kept"\nc2VjcmV0LXZhbHVl=\n', { mode: 0o600 });
  await writeFile(join(person, 'no-entry.env'), 'FINE=some-value\nnot an entry\n', { mode: 0o600 });
  const faults = 'ONE=first-value\nno entry\nONE=again-the-value\n9BAD=another-value\nTWO="never closed\n';
  await writeFile(join(person, 'faults.env'), faults, { mode: 0o600 });
  const mixed = 'MULTI="line one\\nline two"\nOPTIONAL=\nTHIRD=the-third-value # note\n';
  await writeFile(join(person, 'mixed.env'), mixed, { mode: 0o600 });
  await writeFile(join(person, 'case.env'), 'first=some-value\nsecond=another-value\n', { mode: 0o600 });
  await writeFile(join(person, 'publisher.json'), `{ "connectionString": "\${secret.AZURE_STORAGE}", "container": "archive" }`);
  const text = `AccountName=acme;AccountKey=\${secret.STORE_KEY};EndpointSuffix=core.windows.net`;
  await writeFile(join(person, 'text.json'), JSON.stringify({ connectionString: text, container: 'archive' }));
  await writeFile(join(person, 'clear.json'), '{ "connectionString": "a value in clear", "container": "archive" }');
  await writeFile(join(person, 'address.json'), '{ "baseUrl": "https://files.example.com", "path": "in?token=a1b2c3d4e5f6a7b8c9d0" }');
  await writeFile(join(person, 'march.pdf'), '%PDF-1.7 march');
  const filing = `# How invoices are filed.
project: Invoices
name: Publish
sources:
  - name: upload # by accounting
    kind: upload
steps:
  # The archive takes what is not empty.
  - name: archive
    component: Archive
    condition: document.size > 0
`;
  await writeFile(join(person, 'filing.yaml'), filing);
  await writeFile(join(person, 'described.yaml'), filing.replace('name: Publish\n', 'name: Publish\ndescription: By type\n'));
  await writeFile(join(person, 'unconditional.yaml'), filing.replace('    condition: document.size > 0\n', ''));
  const limits = 'name: Publish\nmaximumRuns: 2 # one for each of us\nkept:\n  documentDays: 7\n';
  await writeFile(join(person, 'limited.yaml'), filing.replace('name: Publish\n', limits));
  await writeFile(join(person, 'faulty.yaml'), filing.replace('document.size', 'document.sise').replace('kind: upload', 'kind: uploads'));
  await writeFile(join(person, 'elsewhere.yaml'), filing.replace('component: Archive', 'component: Attic'));
  const scans = await readFile(join(repository, 'examples/scans-to-archive/workflow.yaml'), 'utf8');
  await writeFile(
    join(person, 'scans.yaml'),
    scans.replace('Archive bucket', 'Archive of scans').replace('name: Scans to archive', 'name: Scans'),
  );
  await writeFile(join(person, 'latin1.env'), Buffer.from([0x41, 0x3d, 0xe4]));
});
after(async () => {
  await instance?.[Symbol.asyncDispose]();
  if (person !== undefined) await rm(person, { recursive: true, force: true });
});

async function play(exchange: Exchange): Promise<Exchange> {
  const environment = {
    HOLDFAST_URL: instance.controlUrl,
    HOLDFAST_HOME: instance.home,
    XDG_CONFIG_HOME: join(person, 'config'),
    ...exchange.environment,
  };
  const result = await holdfast(exchange.words, { home: person, environment, input: exchange.input });
  // Also when transcripts are written again: nothing that was typed in comes out again.
  const typed = exchange.input.trim();
  assert.ok(typed.length < 6 || !`${result.stdout}${result.stderr}`.includes(typed), 'What was typed in stands in the output.');
  return { ...exchange, stdout: plain(result.stdout), stderr: plain(result.stderr), code: result.code ?? -1 };
}

/** Without what differs from run to run. */
function plain(text: string): string {
  return (
    text
      .replace(/holdfast \d+\.\d+\.\d+/, 'holdfast (version)')
      .replace(/\b\d+ ms\b/g, '(n) ms')
      .replaceAll(instance.controlUrl, 'http://holdfast.test')
      .replaceAll(instance.dataUrl, 'http://data.holdfast.test')
      .replaceAll(instance.home, '/var/holdfast')
      .replaceAll(person, '/home/ada')
      .replaceAll(repository, '/opt/holdfast/')
      .replace(/\bholdfast_access_\w{71}/g, 'holdfast_access_…')
      .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '(id)')
      .replace(/(?:[0-9A-F]{4}·){7}[0-9A-F]{4}/g, '(fingerprint)')
      .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?Z)?/g, '(time)')
      .replace(/"(publicKey|signature|signingKey)":"[\w-]+"/g, '"$1":"…"')
      .replace(/\broot [A-Za-z0-9+/]{43}=/g, 'root (root)')
      .replace(/--signing-key [\w-]{43}/g, '--signing-key (key)')
      // What is there depends on the transcripts before.
      .replace(/(Deleting “[^”]+” removes ).*/g, '$1(counts)')
      .replace(/"removes":\{[^}]*\}/g, '"removes":{…}')
      // How far the record was signed when it was looked at: on a slow machine, to its end.
      .replace(/^Not signed yet: .*\n/gm, '')
      .replace(/(Signed up to entry|signed over|record\.note:|the) \d+(?= at| entries)/g, '$1 (n)')
  );
}
