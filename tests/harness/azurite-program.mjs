import { createRequire, flushCompileCache } from 'node:module';

// It takes its arguments from the command line.
createRequire(import.meta.url)('azurite/dist/src/blob/main.js');
// Node keeps what it compiled for the next process when it ends, and this one is killed.
setImmediate(flushCompileCache);
