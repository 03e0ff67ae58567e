import type { Plugin } from 'vite';

const SCHEMAS = /[\\/]zod[\\/]v4[\\/]classic[\\/]schemas\.js$/;
const OF_ONE_KIND = /^ *inst\._zod\.processJSONSchema = .*;$/gm;
const OF_EVERY_KIND = /create(?:ToJSONSchemaMethod|StandardJSONSchemaMethod)\((?:[^()]|\([^()]*\))*\)/g;
const OF_THE_API = /[\\/]packages[\\/]api[\\/].+\.ts$/;
const DESCRIPTION = /\s*\.describe\(\s*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"),?\s*\)/g;

/**
 * Every schema of zod can describe itself as JSON Schema, whether anybody asks or not. In the console nobody
 * does, and each first visit would wait for 20 kB of it.
 */
export function dropJsonSchema(): Plugin {
  return {
    name: 'holdfast:drop-json-schema',
    apply: 'build',
    transform: {
      filter: { id: SCHEMAS },
      handler: (code) => ({ code: withoutJsonSchema(code), map: null }),
    },
  };
}

/** What fields of the API are is said in the document that the server makes, and read by nobody here. */
export function dropDescriptions(): Plugin {
  return {
    name: 'holdfast:drop-descriptions',
    apply: 'build',
    transform: {
      filter: { id: OF_THE_API },
      handler: (code) => ({ code: withoutDescriptions(code), map: null }),
    },
  };
}

/** Of a module of the API. */
export function withoutDescriptions(code: string): string {
  return code.replaceAll(DESCRIPTION, '');
}

/** Of zod's own module of schemas. */
export function withoutJsonSchema(code: string): string {
  return code.replaceAll(OF_ONE_KIND, '').replaceAll(OF_EVERY_KIND, 'undefined');
}
