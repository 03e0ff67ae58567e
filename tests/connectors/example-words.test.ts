import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMPONENT_TYPES } from '../../control/components/component-types.ts';
import { EXAMPLES } from '../../examples/index.ts';
import { typesInWords } from '../../examples/words.ts';

test('a card calls each type as its form does', () => {
  const titles = COMPONENT_TYPES.map(({ title }) => title);
  for (const example of EXAMPLES) {
    for (const word of typesInWords(example).split(' → ')) assert.ok(titles.includes(word) || word === 'uploaded files', word);
  }
});
