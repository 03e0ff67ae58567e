import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { hasComments, readWorkflowFile, saysRevision, withoutRevision, workflowFile, writeWorkflowFile } from './file.ts';
import { faultsOfNames } from './names.ts';

const TEXT = `# How invoices are filed.
project: Invoices
name: File # known to accounting
sources:
  # what people bring
  - name: upload
    kind: upload
  - kind: component
    name: inbox
    component: Inbox (EU)
    documents: new
steps:
  - name: extract
    component: Reader
  # to the archive
  - name: archive
    input: extract
    component: 'Archive'
    condition: result.total > 10 # in euros
`;

const faultsOf = (text: string) =>
  readWorkflowFile(text).faults.map(({ line, column, field, detail }) => `${line}:${column} ${field}: ${detail}`);

describe('the file of a workflow', () => {
  it('keeps its comments and order when values change, and every byte when none does', () => {
    const { file } = readWorkflowFile(TEXT);
    assert.ok(file);
    assert.equal(writeWorkflowFile(file, TEXT), TEXT);
    const [upload, inbox] = file.sources;
    const [extract, archive] = file.steps;
    assert.ok(upload && inbox?.kind === 'component' && extract && archive);
    const changed = {
      ...file,
      sources: [{ ...inbox, documents: 'all' as const }, upload],
      steps: [
        { ...extract, component: 'Second reader' },
        { ...archive, condition: undefined },
        { ...archive, name: 'copy', input: 'original' },
      ],
    };
    const text = writeWorkflowFile(changed, TEXT);
    for (const comment of ['# How invoices are filed.', '# known to accounting', '# what people bring', '# to the archive']) {
      assert.ok(text.includes(comment), comment);
    }
    assert.deepEqual(readWorkflowFile(text).file, JSON.parse(JSON.stringify(changed)));
    assert.ok(text.indexOf('inbox') < text.indexOf('name: upload'));
    const fresh = writeWorkflowFile(changed);
    assert.deepEqual(readWorkflowFile(fresh).file, JSON.parse(JSON.stringify(changed)));
  });

  it('is written where its tags do not take what they are to hold', () => {
    const { file } = readWorkflowFile(TEXT);
    assert.ok(file);
    const tagged = TEXT.replace('project: Invoices', 'project: !!binary aGk=');
    assert.equal(writeWorkflowFile(file, tagged), TEXT);
    const set = 'project: !!set {? a}\nsources: !!set {? a}\nkept: !!set {? a}\n';
    const kept = { documentDays: 1, logDays: null, runDays: null };
    assert.deepEqual(readWorkflowFile(writeWorkflowFile({ ...file, kept }, set)).file?.kept, kept);
  });

  it('has new fields where a new file has them, and changed ones where they stood', () => {
    const { file } = readWorkflowFile(TEXT);
    assert.ok(file);
    const text = writeWorkflowFile({ ...file, description: 'Filed daily.', revision: 3 }, TEXT);
    const head = [
      '# How invoices are filed.',
      'project: Invoices',
      'name: File # known to accounting',
      'description: Filed daily.',
      'revision: 3',
    ];
    assert.deepEqual(text.split('\n').slice(0, 5), head);
    const odd = TEXT.replace('project: Invoices\nname: File # known to accounting', 'project: Invoices\nname: [File]');
    const fields = writeWorkflowFile(file, odd).match(/^\w+(?=:)/gm);
    assert.deepEqual(fields, ['project', 'name', 'sources', 'steps']);
  });

  it('keeps and changes fields of a mapping whose names are numbers or truth values to YAML', () => {
    const mapping = `    mapping:
      fields:
        2024: result.a # of the year
        true: result.b
        1.5: result.c
        name: result.d
`;
    const text = TEXT.replace("    component: 'Archive'\n", (line) => line + mapping);
    const { file, faults } = readWorkflowFile(text);
    assert.deepEqual(faults, []);
    const [extract, archive] = file?.steps ?? [];
    assert.ok(file && extract && archive);
    assert.equal(writeWorkflowFile(file, text), text);
    const withFields = (fields: Record<string, string>) => ({ ...file, steps: [extract, { ...archive, mapping: { fields } }] });
    const changed = withFields({ '2024': 'result.x', '1.5': 'result.c', name: 'result.d', false: 'result.y' });
    const written = writeWorkflowFile(changed, text);
    assert.deepEqual(readWorkflowFile(written).file, changed);
    assert.ok(written.includes('2024: result.x # of the year\n'), written);
    assert.equal(written.match(/2024/g)?.length, 1, written);
    // Of a name that is there twice, once as a number, the last is in force.
    const twice = text.replace('        name: result.d\n', (line) => `${line}        '2024': result.z\n`);
    const read = readWorkflowFile(twice).file;
    assert.equal(read?.steps[1]?.mapping?.fields?.['2024'], 'result.z');
    assert.equal(writeWorkflowFile(read, twice), twice);
    assert.deepEqual(readWorkflowFile(writeWorkflowFile(changed, twice)).file, changed);
  });

  it('holds the settings of the workflow, and what it was written from, as they are said', () => {
    const settings = `revision: 7 # of March
maximumRuns: 3
# as the auditors ask
kept:
  runDays: 400 # a year
  logDays: null
`;
    const text = TEXT.replace('sources:\n', `${settings}sources:\n`);
    const { file, faults } = readWorkflowFile(text);
    assert.deepEqual(faults, []);
    assert.ok(file);
    assert.deepEqual(file.kept, { documentDays: null, logDays: null, runDays: 400 });
    assert.equal(writeWorkflowFile(file, text), text);
    const changed = { ...file, revision: 8, maximumRuns: 10, kept: { documentDays: 5, logDays: null, runDays: null } };
    const written = writeWorkflowFile(changed, text);
    for (const kept of ['revision: 8 # of March', 'maximumRuns: 10\n# as the auditors ask\n', 'documentDays: 5'])
      assert.ok(written.includes(kept), written);
    assert.deepEqual(readWorkflowFile(written).file, changed);
    // Without a setting a file says nothing about it, and goes on so while nobody has set one.
    const silent = { ...changed, revision: undefined, kept: { documentDays: null, logDays: null, runDays: null } };
    assert.equal(writeWorkflowFile(silent, TEXT), TEXT);
    assert.match(writeWorkflowFile({ ...silent, maximumRuns: 2 }, TEXT), /^maximumRuns: 2$/m);
    assert.deepEqual([saysRevision(text), saysRevision(TEXT), saysRevision('project: [a')], [true, false, false]);
    assert.deepEqual(faultsOf(text.replace('maximumRuns: 3', 'maximumRuns: 300')), ['5:14 maximumRuns: It must be at most 100.']);
    assert.deepEqual(faultsOf(text.replace('runDays', 'runsDays')), [
      '8:13 kept.runsDays: A workflow’s file has no field “runsDays” here. It may have: documentDays, logDays, runDays.',
    ]);
  });

  it('is refused by line and column: YAML that is none, fields that are unknown or wrong, names, inputs, expressions', () => {
    assert.deepEqual(faultsOf(TEXT), []);
    assert.match(faultsOf('project: [a\nname: b')[0] ?? '', /^2:1 : This is no YAML: .+ close its brackets\.$/);
    assert.match(faultsOf(TEXT.replace('    kind: upload', '\tkind: upload'))[0] ?? '', /^7:1 : .+ Indent with spaces\.$/);
    assert.deepEqual(faultsOf(TEXT.replace('name: File #', 'name: 7 #')), [
      '3:7 name: It must be a text, and is a number. Put it into quotes.',
    ]);
    assert.deepEqual(faultsOf(TEXT.replace('kind: upload', 'kind: uploads')), [
      '7:11 sources.0.kind: It must be one of: upload, folder, component.',
    ]);
    assert.deepEqual(faultsOf(TEXT.replace('component: Reader', 'component:')), [
      '14:15 steps.0.component: It must be a text, and is empty.',
    ]);
    assert.deepEqual(faultsOf(TEXT.replace('name: extract', 'nmae: extract')), [
      '13:5 steps.0.name: “name” is missing here: add it, followed by a colon.',
      '13:11 steps.0.nmae: A workflow’s file has no field “nmae” here. It may have: name, component, input, condition, mapping.',
    ]);
    assert.deepEqual(faultsOf(TEXT.replace('input: extract', 'input: extrakt')), [
      '17:12 steps.1.input: No step before this one is called “extrakt”; “original” is the document as it came.',
    ]);
    assert.match(faultsOf(TEXT.replace('result.total', 'document.totl'))[0] ?? '', /^19:16 steps\.1\.condition: No such key: totl/);
    assert.deepEqual(faultsOf(TEXT.replace('name: archive', 'name: Extract')), [
      '16:11 steps.1.name: Another of the steps is called “Extract”.',
    ]);
    assert.match(faultsOf('')[0] ?? '', /^1:1 : /);
  });

  it('is refused where it repeats what is not there, or too much; what it does repeat is read', () => {
    const nothing = 'Nothing before it is marked with “&” for it to repeat. Put a text that begins with * into quotes.';
    const text = TEXT.replace('name: File #', 'name: *important* #');
    assert.deepEqual(faultsOf(text), [`3:7 : ${nothing}`]);
    const many = TEXT.replace('  - name: upload\n', `  - &a { name: up, kind: upload }\n${'  - *a\n'.repeat(60)}  - name: upload\n`);
    assert.deepEqual(faultsOf(many), ['7:5 : More than 50 parts are repeated by “*”: write them out.']);
    assert.match(faultsOf('&a [*a]')[0] ?? '', /^1:4 : /);

    const marked = TEXT.replace('component: Reader', 'component: &it Reader').replace("'Archive'", '*it');
    const { file } = readWorkflowFile(marked);
    assert.ok(file);
    assert.equal(file.steps[1]?.component, 'Reader');
    assert.deepEqual(readWorkflowFile(writeWorkflowFile({ ...file, steps: file.steps.slice(0, 1) }, marked)).file?.steps.length, 1);
    // A text that says nothing with its “*” is written from the workflow alone, or stays as it is.
    assert.deepEqual(readWorkflowFile(writeWorkflowFile(file, text)).file, file);
    assert.equal(withoutRevision(`revision: 3\n${text}`), `revision: 3\n${text}`);
  });

  it('loses a field that is removed, whatever its name', () => {
    const fields = '    mapping:\n      fields:\n        total: result.total\n        constructor: result.id\n';
    const text = `${TEXT}${fields}`;
    const { file } = readWorkflowFile(text);
    const [extract, archive] = file?.steps ?? [];
    assert.ok(file && extract && archive?.mapping);
    const without = { ...file, steps: [extract, { ...archive, mapping: { fields: { total: 'result.total' } } }] };
    assert.equal(writeWorkflowFile(without, text), text.replace('        constructor: result.id\n', ''));
  });

  it('is refused where a credential stands in it, in a comment too; a reference to a secret is none', () => {
    const found = faultsOf(TEXT.replace('# in euros', '# see https://ada:correct-horse-9@example.com'));
    assert.match(found[0] ?? '', /^19:52 : This looks like a password in a URL, and everybody who sees the workflow would see it\. Put it/);
    assert.ok(!found.join().includes('correct-horse'));
    assert.deepEqual(faultsOf(TEXT.replace('# in euros', `# see https://ada:\${secret.FILES}@example.com`)), []);
  });

  it('names what its project has not, with what it has', () => {
    const { file } = readWorkflowFile(TEXT);
    assert.ok(file);
    const known = (names: Record<string, 'connector' | 'model' | 'publisher'>, folders: string[] = []) => ({
      components: Object.entries(names).map(([name, role]) => ({ name, role })),
      folders,
    });
    assert.deepEqual(faultsOfNames(file, known({ 'Inbox (EU)': 'connector', Reader: 'model', Archive: 'publisher' })), []);
    assert.deepEqual(faultsOfNames(file, known({ Reader: 'connector', archive: 'publisher', 'Inbox (EU)': 'publisher' })), [
      { field: 'sources.1.component', detail: 'Only a connector can be a source.' },
      { field: 'steps.0.component', detail: 'A connector reads documents in: name it as a source.' },
      { field: 'steps.1.component', detail: 'The project has no component “Archive”. Did you mean “archive”?' },
    ]);
    const folder = { ...file, sources: [{ name: 'in', kind: 'folder' as const, folder: 'scans' }] };
    assert.deepEqual(faultsOfNames(folder, known({ Reader: 'model', Archive: 'publisher' }, ['invoices'])), [
      { field: 'sources.0.folder', detail: 'The operator offers no such folder to this organization. It offers “invoices”.' },
    ]);
  });

  it('is kept without its revision, and what is added to it stands where a new file has it', () => {
    const text = TEXT.replace('sources:\n', 'revision: 7\nsources:\n');
    assert.equal(withoutRevision(text), TEXT);
    assert.equal(withoutRevision(TEXT), TEXT);
    const { file } = readWorkflowFile(TEXT);
    assert.ok(file);
    assert.equal(writeWorkflowFile({ ...file, revision: 7 }, TEXT), text);
    assert.deepEqual([hasComments(TEXT), hasComments('name: "a#b"\n')], [true, false]);
  });

  it('has a JSON Schema for editors, which the documents hold as it is', () => {
    const schema = readFileSync(new URL('../../docs/reference/workflow-file.schema.json', import.meta.url), 'utf8');
    assert.deepEqual(JSON.parse(schema), z.toJSONSchema(workflowFile, { io: 'input' }), 'Run node tools/workflow-file-schema.ts.');
  });
});
