import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutUnused } from './drop-unused-styles.ts';

test('rules of components that no script names are left out, and nothing else', () => {
  const css = [
    '.m_11111111{color:red}',
    '.m_22222222,.m_11111111:hover{color:blue}',
    ':where([data-x]) .m_22222222 > .m_11111111{color:green}',
    '@media (hover:hover){.m_22222222{color:red}}',
    ':root{--kept:1}',
    '.own{color:red}',
    '@keyframes m_33333333{0%{opacity:0}}',
  ].join('');
  assert.equal(
    withoutUnused(css, new Set(['m_11111111'])),
    '.m_11111111{color:red}.m_11111111:hover{color:blue}:root{--kept:1}.own{color:red}@keyframes m_33333333{0%{opacity:0}}',
  );
});
