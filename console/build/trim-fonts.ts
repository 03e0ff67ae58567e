import subsetFont from 'subset-font';
import type { Plugin } from 'vite';

/** What the style sheets of the two packages say that these files are for: `unicode-range`. */
const LATIN =
  'U+20-7E,U+A0-FF,U+131,U+152-153,U+2BB-2BC,U+2C6,U+2DA,U+2DC,U+304,U+308,U+329,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD';

/** The files that a first visit waits for, with what the console's styles ask of them. */
const TRIMMED: readonly { file: RegExp; keepFeatures: string[]; weights?: { min: number; max: number; default: number } }[] = [
  {
    file: /^assets\/inter-latin-wght-/,
    // The last three by font-variant-numeric and font-feature-settings.
    keepFeatures: ['kern', 'mark', 'mkmk', 'ccmp', 'locl', 'tnum', 'cv11', 'ss03'],
    weights: { min: 400, max: 700, default: 400 },
  },
  // Without ligatures, which names and keys are never set with.
  { file: /^assets\/jetbrains-mono-latin-500-/, keepFeatures: ['ccmp', 'mark'] },
];

/**
 * Leaves out of the fonts what nothing in the console shows: alternate forms, ligatures, weights. Each
 * character stays. That halves them.
 */
export function trimFonts(): Plugin {
  return {
    name: 'holdfast:trim-fonts',
    apply: 'build',
    async generateBundle(_options, bundle) {
      for (const asset of Object.values(bundle)) {
        if (asset.type !== 'asset') continue;
        const trimmed = TRIMMED.find(({ file }) => file.test(asset.fileName) && asset.fileName.endsWith('.woff2'));
        if (trimmed === undefined) continue;
        const { keepFeatures, weights } = trimmed;
        asset.source = await subsetFont(Buffer.from(asset.source), charactersOf(LATIN), {
          targetFormat: 'woff2',
          keepFeatures,
          ...(weights === undefined ? {} : { variationAxes: { wght: weights } }),
        });
      }
    },
  };
}

/** @param range - as CSS writes it. */
export function charactersOf(range: string): string {
  return range
    .split(',')
    .map((part) => {
      const [first = 0, last = first] = part
        .replace('U+', '')
        .split('-')
        .map((hex) => Number.parseInt(hex, 16));
      return String.fromCodePoint(...Array.from({ length: last - first + 1 }, (_, offset) => first + offset));
    })
    .join('');
}
