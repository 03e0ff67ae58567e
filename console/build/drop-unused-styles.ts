import postcss from 'postcss';
import type { Plugin } from 'vite';

/** The class names of Mantine's components, which are hashes: `m_77c9d27d`. */
const COMPONENT_CLASS = /\bm_[0-9a-f]{6,8}\b/g;

/**
 * Mantine's style sheet is that of all its components. Rules whose component is in no script of the build are
 * left out, which halves the sheet that every first visit waits for.
 */
export function dropUnusedStyles(): Plugin {
  return {
    name: 'holdfast:drop-unused-styles',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const used = new Set<string>();
        for (const file of Object.values(bundle)) {
          if (file.type === 'chunk') for (const [name] of file.code.matchAll(COMPONENT_CLASS)) used.add(name);
        }
        for (const file of Object.values(bundle)) {
          if (file.type !== 'asset' || !file.fileName.endsWith('.css')) continue;
          file.source = withoutUnused(file.source.toString(), used);
        }
      },
    },
  };
}

/** @param used - the component classes that some script names. */
export function withoutUnused(css: string, used: ReadonlySet<string>): string {
  const sheet = postcss.parse(css);
  sheet.walkRules((rule) => {
    const kept = rule.selectors.filter((selector) => [...selector.matchAll(COMPONENT_CLASS)].every(([name]) => used.has(name)));
    if (kept.length === 0) rule.remove();
    else if (kept.length < rule.selectors.length) rule.selectors = kept;
  });
  sheet.walkAtRules(/^(?:media|supports|layer)$/, (block) => {
    if (block.nodes?.length === 0) block.remove();
  });
  return sheet.toString();
}
