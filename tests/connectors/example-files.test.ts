import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { hasComments, readWorkflowFile, writeWorkflowFile } from '@holdfast/workflow/file';
import { faultsOfNames } from '@holdfast/workflow/names';
import { COMPONENT_TYPES } from '../../control/components/component-types.ts';
import { fileOfExample } from '../../examples/bodies.ts';
import { EXAMPLES } from '../../examples/index.ts';

test('each example has its workflow as a file, which says what its data says, with comments', () => {
  for (const example of EXAMPLES) {
    const text = readFileSync(new URL(`../../examples/${example.name}/workflow.yaml`, import.meta.url), 'utf8');
    const { file, faults } = readWorkflowFile(text);
    assert.deepEqual(faults, [], example.name);
    assert.ok(file && hasComments(text), example.name);
    assert.equal(writeWorkflowFile(fileOfExample(example), text), text, example.name);
    const components = example.components.map(({ name, type }) => ({
      name,
      role: COMPONENT_TYPES.find((each) => each.type === type)?.role,
    }));
    assert.deepEqual(faultsOfNames(file, { components, folders: [] }), [], example.name);
  }
});
