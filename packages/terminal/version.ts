import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function versionInWords(json: boolean): string {
  const { version } = JSON.parse(readFileSync(fileURLToPath(new URL('../../package.json', import.meta.url)), 'utf8')) as {
    version: string;
  };
  return json ? JSON.stringify({ version }) : `holdfast ${version}`;
}
