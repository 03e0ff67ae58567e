import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressAssets } from './build/compress-assets.ts';
import { dropDescriptions, dropJsonSchema } from './build/drop-json-schema.ts';
import { dropUnusedStyles } from './build/drop-unused-styles.ts';
import { trimFonts } from './build/trim-fonts.ts';

/**
 * `vite dev` passes calls on to a control plane that runs already; HOLDFAST_URL names another than the
 * default.
 */
const controlPlane = process.env.HOLDFAST_URL ?? 'http://127.0.0.1:7400';

/** A module that as many pages use is loaded with the first of them. */
const SHARED_BY_PAGES = 16;

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), dropJsonSchema(), dropDescriptions(), dropUnusedStyles(), trimFonts(), compressAssets()],
  resolve: {
    alias: [
      { find: /^zod$/, replacement: join(import.meta.dirname, 'api/zod-without-eval.ts') },
      // Only a helper for tests in @rjsf/core imports it; it compiles schemas with eval, and is not
      // installed.
      { find: '@rjsf/validator-ajv8', replacement: join(import.meta.dirname, 'forms/validator.ts') },
      // For descriptions in Markdown, which no connector has: 50 kB for nothing.
      { find: 'markdown-to-jsx/react', replacement: join(import.meta.dirname, 'forms/plain-description.ts') },
    ],
  },
  build: {
    target: 'es2022',
    // The server's content security policy allows no data: URL for scripts and styles.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      // What most pages need is one file and not forty: each answer has a head, and small files compress
      // badly.
      output: { codeSplitting: { groups: [{ name: 'shared', minShareCount: SHARED_BY_PAGES }] } },
    },
  },
  server: { port: 7540, strictPort: true, proxy: { '/api': { target: controlPlane, changeOrigin: true } } },
});
