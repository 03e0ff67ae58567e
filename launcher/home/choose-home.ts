import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS } from '@holdfast/settings';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const announced = new Set<string>();

/** A file in the home for as long as a restore into it is under way. */
export const RESTORE_MARK = 'restore-unfinished';
/** One of these tells a home that Holdfast has made from a folder of somebody else's. */
const MARKS = ['lock.sqlite', 'home-id', 'credentials', RESTORE_MARK, 'data/record/node-id', 'control/session.key'];
/**
 * One of these is enough to look there for a home: a key that somebody brought may be all that is in it so
 * far. It is not enough to take over a folder with other things in it.
 */
const STATE = [...MARKS, 'keys/root.key'];

/**
 * The environment, with HOLDFAST_HOME in it where nobody has set it: `.holdfast` in the clone, wherever a
 * command is called from. While the clone has none, one of this account in the working directory is used.
 *
 * @param say gets a line, once, when it is the one in the working directory.
 */
export function withHome(
  environment: NodeJS.ProcessEnv,
  {
    clone = REPOSITORY,
    workingDirectory = process.cwd(),
    say = (line: string): unknown => process.stderr.write(`${line}\n`),
  }: { readonly clone?: string; readonly workingDirectory?: string; readonly say?: (line: string) => void } = {},
): NodeJS.ProcessEnv {
  const { variable, default: name } = SETTINGS.home;
  if (environment[variable] || environment[`${variable}_FILE`]) return environment;
  const [own, here] = [join(clone, name), join(workingDirectory, name)];
  if (own === here || holds(own, STATE) || !holds(here, STATE) || !isOurs(here)) return { ...environment, [variable]: own };
  if (!announced.has(here)) {
    say(
      `The state is taken from ${here}, in the working directory, since ${own} holds none. Set ${variable}, and it is found from everywhere.`,
    );
    announced.add(here);
  }
  return { ...environment, [variable]: here };
}

/** Whether it is one of Holdfast. */
export function isHome(folder: string): boolean {
  return holds(folder, MARKS);
}

function holds(folder: string, names: readonly string[]): boolean {
  return names.some((name) => existsSync(join(folder, name)));
}

/** In a folder that others may write to, anybody could have made it. */
function isOurs(folder: string): boolean {
  const facts = lstatSync(folder);
  return facts.isDirectory() && facts.uid === (process.getuid?.() ?? facts.uid);
}
