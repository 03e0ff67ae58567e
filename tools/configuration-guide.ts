import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Program, SETTINGS, type Setting } from '@holdfast/settings';

/**
 * `node tools/configuration-guide.ts` writes the tables of docs/guides/configuration.md from the table of
 * settings; its prose stays.
 */
export const CONFIGURATION_GUIDE = fileURLToPath(new URL('../docs/guides/configuration.md', import.meta.url));

const BEGIN = '<!-- Written by node tools/configuration-guide.ts from packages/settings/table.ts. -->';
const END = '<!-- End of what is written. -->';

const PROGRAMS: Readonly<Record<Program, string>> = { launcher: 'launcher', control: 'control', data: 'data', client: 'client' };

export function configurationGuide(former: string): string {
  const [before, after] = [former.indexOf(BEGIN), former.indexOf(END)];
  if (before === -1 || after < before) throw new Error(`${CONFIGURATION_GUIDE} has no place for the tables.`);
  return `${former.slice(0, before)}${BEGIN}\n\n${tables()}\n\n${former.slice(after)}`;
}

function tables(): string {
  const all: readonly Setting[] = Object.values(SETTINGS);
  const ofClients = all.filter((setting) => setting.for.includes('client'));
  return `| Variable | Default | Given to | What it is |
|---|---|---|---|
${all
  .filter((setting) => !ofClients.includes(setting))
  .map(
    (setting) =>
      `| \`${setting.variable}\` | ${defaultOf(setting)} | ${setting.for.map((each) => PROGRAMS[each]).join(', ')} | ${textOf(setting)} |`,
  )
  .join('\n')}

For the command line and the SDK:

| Variable | Default | What it is |
|---|---|---|
${ofClients.map((setting) => `| \`${setting.variable}\` | ${defaultOf(setting)} | ${textOf(setting)} |`).join('\n')}`;
}

function defaultOf(setting: Setting): string {
  return setting.defaultInWords ?? (setting.default ? `\`${setting.default}\`` : '–');
}

function textOf({ documentation, secret, variable }: Setting): string {
  return secret ? `${documentation}. It is a secret: rather give the path of a file, as \`${variable}_FILE\`` : documentation;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(CONFIGURATION_GUIDE, configurationGuide(readFileSync(CONFIGURATION_GUIDE, 'utf8')));
}
