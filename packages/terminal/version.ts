import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What `--version` prints: `holdfast 0.1.0`, or with `--json` an object with `version`. */
export function versionInWords(json: boolean): string {
  const { version } = JSON.parse(readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8')) as {
    version: string;
  };
  return json ? JSON.stringify({ version }) : `holdfast ${version}`;
}
