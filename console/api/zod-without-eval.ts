import { config } from 'zod/v4';

/**
 * Stands in for `zod` in the console (see vite.config.ts). The content security policy forbids eval, which
 * zod would try as soon as the first schema is made; so this must be said before any module that makes one.
 */
config({ jitless: true });

export * from 'zod/v4';
