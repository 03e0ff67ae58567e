import type { Dotenv } from '@holdfast/sdk';
import { Text } from '@mantine/core';
import { AlertIcon } from '@primer/octicons-react';
import { Notice } from '../../ui/notice.tsx';
import classes from './import-dialog.module.css';

/** What was read of a file: names, lines and faults; no value. */
export interface Preview {
  entries: readonly { name: string; line: number; lastLine: number; escaped: boolean; warnings: readonly string[] }[];
  skipped: Dotenv['skipped'];
  escaped: readonly string[];
  faults: Dotenv['faults'];
}

export function previewOf({ entries, skipped, escaped, faults }: Dotenv): Preview {
  return {
    entries: entries.map(({ name, line, lastLine, escaped, warnings }) => ({
      name,
      line,
      lastLine,
      escaped,
      warnings: warnings.map(({ message }) => message),
    })),
    skipped,
    escaped,
    faults,
  };
}

export const linesWords = ({ line, lastLine }: { line: number; lastLine: number }) =>
  line === lastLine ? `line ${line}` : `lines ${line} to ${lastLine}`;

/** Everything that is wrong with the file at once, what is left out, and the names that were read. */
export function ImportPreview({ preview }: { preview: Preview }) {
  const { entries, skipped, escaped, faults } = preview;
  return (
    <div aria-live="polite">
      {faults.length === 0 ? null : (
        <Notice tone="bad" icon={<AlertIcon size={16} />}>
          <b>{faults.length === 1 ? '1 line is wrong.' : `${faults.length.toLocaleString()} lines are wrong.`}</b> Correct the file and
          choose it again. Nothing is sent before.
          <ul className={classes.faults} aria-label="Faults">
            {faults.map(({ line, name, rule, message }) => (
              <li key={`${line} ${rule}`}>
                Line {line}
                {name === undefined ? null : (
                  <>
                    , <span className="mono">{name}</span>
                  </>
                )}
                : {message}
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <ImportNotes skipped={skipped} escaped={escaped} />
      {entries.length === 0 ? null : (
        <ul className={classes.list} aria-label="Names">
          {entries.map((entry) => (
            <li key={entry.name} className={classes.row}>
              <span className="mono">{entry.name}</span>
              <Text component="span" size="xs" c="dimmed">
                {linesWords(entry)}
              </Text>
              <EntryWarnings warnings={entry.warnings} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** What was done to the file's text that its author may not have meant. */
export function ImportNotes({ skipped, escaped }: Pick<Preview, 'skipped' | 'escaped'>) {
  return (
    <>
      {skipped.length === 0 ? null : (
        <Text size="sm" my={6}>
          Without a value, and left out:{' '}
          {skipped.map(({ name, line }, index) => (
            <span key={`${name} ${line}`}>
              {index === 0 ? '' : ', '}
              <span className="mono">{name}</span> (line {line})
            </span>
          ))}
          .
        </Text>
      )}
      {escaped.length === 0 ? null : (
        <Text size="sm" my={6}>
          A backslash in double quotes was read as an escape (such as \n) in: <span className="mono">{escaped.join(', ')}</span>. Put a
          value in single quotes to keep its backslashes.
        </Text>
      )}
    </>
  );
}

export function EntryWarnings({ warnings }: { warnings: readonly string[] }) {
  return warnings.map((message) => (
    <Text key={message} size="xs" c="var(--holdfast-warn-ink)" className={classes.warning}>
      {message}
    </Text>
  ));
}
