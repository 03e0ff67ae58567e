import { reportUpgrade, whenAnswering } from './connection.ts';
import { isAnythingTyped } from './typed-input.ts';

const RELOADED_FOR = 'holdfast.reloaded-for';

/**
 * A part of the console could not be loaded although the server answers, and loading the page again did not
 * help.
 */
export class PartMissingError extends Error {
  readonly code = 'console_incomplete';
  readonly remedy = 'Reload the page. If that does not help, tell the operator: files of the console are missing on the server.';
}

/**
 * Loads a part of the console's code. While the server is away this waits until it is back. A part that is
 * gone although the server answers is of a version before an upgrade: the page is loaded again, once, and not
 * without asking when something was typed.
 */
export async function loadPart<Part>(load: () => Promise<Part>): Promise<Part> {
  try {
    return await load();
  } catch {
    await whenAnswering();
  }
  try {
    return await load();
  } catch (error) {
    // It names the part. Kept until the tab is closed: a part that is missing after that too is missing on
    // the server.
    const part = error instanceof Error ? error.message : window.location.pathname;
    if (sessionStorage.getItem(RELOADED_FOR) === part) throw new PartMissingError('A part of the console could not be loaded.');
    if (isAnythingTyped()) reportUpgrade();
    else reloadFor(part);
    // Whatever waits for the part is left behind with this page.
    return new Promise<never>(() => undefined);
  }
}

function reloadFor(part: string): void {
  sessionStorage.setItem(RELOADED_FOR, part);
  window.location.reload();
}
