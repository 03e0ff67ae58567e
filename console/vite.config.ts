import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `vite dev` passes calls on to a control plane that runs already; HOLDFAST_URL names another than the default. */
const controlPlane = process.env.HOLDFAST_URL ?? 'http://127.0.0.1:7400';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  resolve: {
    alias: [
      { find: /^zod$/, replacement: join(import.meta.dirname, 'api/zod-without-eval.ts') },
      // Only a helper for tests in @rjsf/core imports it; it compiles schemas with eval, and is not installed.
      { find: '@rjsf/validator-ajv8', replacement: join(import.meta.dirname, 'forms/validator.ts') },
    ],
  },
  build: {
    target: 'es2022',
    // The server's content security policy allows no data: URL for scripts and styles.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    reportCompressedSize: false,
  },
  server: { port: 7540, strictPort: true, proxy: { '/api': { target: controlPlane, changeOrigin: true } } },
});
