import '@holdfast/terminal/stop-with-parent';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { commandWord, MACHINE_COMMANDS } from '@holdfast/terminal/machine-commands';

// Compiled code is code: it is kept where the code itself lies, and not in a folder for temporary files,
// which others may write.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'holdfast'));

/**
 * `holdfast` is two programs under one command: the launcher, and a client. Only the one that is called is
 * loaded.
 */
const word = commandWord(process.argv.slice(2));
if (MACHINE_COMMANDS.some(({ name }) => name === word)) await import('../launcher/main.ts');
else await import('../cli/main.ts');
