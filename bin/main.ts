import '@holdfast/terminal/stop-with-parent';
import { commandWord, MACHINE_COMMANDS } from '@holdfast/terminal/machine-commands';

/**
 * `holdfast` is two programs under one command: the launcher, and a client. Only the one that is called is
 * loaded.
 */
const word = commandWord(process.argv.slice(2));
if (MACHINE_COMMANDS.some(({ name }) => name === word)) await import('../launcher/main.ts');
else await import('../cli/main.ts');
