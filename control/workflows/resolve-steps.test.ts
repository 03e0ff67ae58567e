import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveSteps } from './resolve-steps.ts';

const id = (number: number) => `00000000-0000-7000-8000-00000000000${number}`;
const [MODEL, SECOND, PUBLISHER, SOURCE] = [id(1), id(2), id(3), id(4)];
const COMPONENTS = [
  { id: MODEL, name: 'Invoice reader (EU)', role: 'model' },
  { id: SECOND, name: 'Übersetzer', role: 'model' },
  { id: PUBLISHER, name: 'Invoice reader (EU)', role: 'publisher' },
  { id: SOURCE, name: 'Inbox', role: 'connector' },
] as const;

/** Each step as `name ← input`. */
function pictureOf(bodies: Parameters<typeof resolveSteps>[0]): string[] {
  const { steps, errors } = resolveSteps(bodies, COMPONENTS);
  assert.deepEqual(errors, []);
  return steps.map(({ name, input }) => `${name} ← ${steps.find((step) => step.id === input)?.name ?? 'original'}`);
}

const errorsOf = (bodies: Parameters<typeof resolveSteps>[0]) =>
  resolveSteps(bodies, COMPONENTS).errors.map(({ field, detail }) => `${field}: ${detail}`);

describe('the steps of a workflow', () => {
  it('are named after their components, and take what the model before them makes', () => {
    assert.deepEqual(pictureOf([{ componentId: MODEL }, { componentId: PUBLISHER }, { componentId: SECOND }, { componentId: PUBLISHER }]), [
      'invoice-reader-eu ← original',
      'invoice-reader-eu-2 ← invoice-reader-eu',
      'ubersetzer ← invoice-reader-eu',
      'invoice-reader-eu-3 ← ubersetzer',
    ]);
  });

  it('take what they name, whatever the case', () => {
    assert.deepEqual(
      pictureOf([
        { componentId: MODEL, name: 'Extract' },
        { componentId: SECOND, input: 'Original' },
        { componentId: PUBLISHER, input: 'extract' },
        { componentId: PUBLISHER, input: 'original' },
      ]),
      ['Extract ← original', 'ubersetzer ← original', 'invoice-reader-eu ← Extract', 'invoice-reader-eu-2 ← original'],
    );
  });

  it('leave a name that is given to a later step to it', () => {
    assert.deepEqual(pictureOf([{ componentId: PUBLISHER }, { componentId: PUBLISHER, name: 'invoice-reader-eu' }]), [
      'invoice-reader-eu-2 ← original',
      'invoice-reader-eu ← original',
    ]);
  });

  it('are refused by field: what is missing, a source, a name twice, an input that is later, unknown or no model', () => {
    assert.deepEqual(errorsOf([{ componentId: id(9) }, { componentId: SOURCE }, { componentId: PUBLISHER }]), [
      'steps.0.componentId: The project has no such component.',
      'steps.1.componentId: A connector reads documents in: choose it as the source.',
    ]);
    assert.deepEqual(
      errorsOf([
        { componentId: PUBLISHER, name: 'a', input: 'b' },
        { componentId: MODEL, name: 'b', input: 'B' },
        { componentId: PUBLISHER, name: 'A', input: 'a' },
      ]),
      [
        'steps.0.input: No step before this one is called “b”; “original” is the document as it came.',
        'steps.1.input: No step before this one is called “B”; “original” is the document as it came.',
        'steps.2.name: Another step is called “A”.',
        'steps.2.input: “a” publishes, and makes no documents.',
      ],
    );
    assert.deepEqual(errorsOf([{ componentId: MODEL }]), ['steps: Add a publisher: without one nobody gets what the models make.']);
  });
});
