import type { FileFault } from '@holdfast/workflow/file';
import { Text } from '@mantine/core';
import { type CSSProperties, type KeyboardEvent, type RefObject, useId } from 'react';
import classes from './yaml-text.module.css';

interface YamlTextProps {
  label: string;
  hint: string;
  text: string;
  /** Left out: it is only read. */
  change?: (text: string) => void;
  faults?: readonly FileFault[];
  field?: RefObject<HTMLTextAreaElement | null>;
}

const LINES_LEAST = 10;

/**
 * A text in lines with numbers, and what is wrong with it, each with the way to its place. Tab leaves it, as
 * it leaves any field.
 */
export function YamlText({ label, hint, text, change, faults = [], field }: YamlTextProps) {
  const id = useId();
  const count = text.split('\n').length;
  const marked = [...new Set(faults.map(({ line }) => line))].filter((line) => line <= count);
  return (
    <div>
      <Text size="sm" c="dimmed" mb={6} id={`${id}-hint`}>
        {hint}
      </Text>
      <div className={classes.frame} data-invalid={faults.length > 0}>
        <pre className={classes.numbers} aria-hidden>
          {Array.from({ length: count }, (_, index) => index + 1).join('\n')}
          {marked.map((line) => (
            <span key={line} className={classes.mark} style={{ '--line': line } as CSSProperties}>
              {line}
            </span>
          ))}
        </pre>
        <textarea
          ref={field}
          className={classes.text}
          aria-label={label}
          aria-describedby={`${id}-hint`}
          aria-invalid={faults.length > 0}
          aria-errormessage={faults.length > 0 ? `${id}-faults` : undefined}
          value={text}
          readOnly={change === undefined}
          onChange={change === undefined ? undefined : (event) => change(event.currentTarget.value)}
          onKeyDown={change === undefined ? undefined : keepIndentation}
          rows={Math.max(LINES_LEAST, count + 1)}
          wrap="off"
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
        />
      </div>
      <div aria-live="polite" id={`${id}-faults`}>
        {faults.length === 0 ? null : (
          <>
            <Text size="sm" fw={600} mt={8}>
              {faults.length === 1 ? 'One thing to correct' : `${faults.length} things to correct`}
            </Text>
            <ul className={classes.faults}>
              {faults.map((fault) => (
                <li key={`${fault.line} ${fault.column} ${fault.detail}`}>
                  <button
                    type="button"
                    className={classes.fault}
                    onClick={({ currentTarget }) =>
                      goTo(currentTarget.closest('[aria-live]')?.previousElementSibling?.querySelector('textarea'), fault)
                    }
                  >
                    <b>
                      Line {fault.line}, column {fault.column}
                    </b>
                    {fault.field === '' ? '' : ` · ${fault.field}`}: {fault.detail}
                  </button>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </div>
  );
}

/** Puts the caret where a fault is, and that line in view. */
export function goTo(field: HTMLTextAreaElement | null | undefined, { line, column }: Pick<FileFault, 'line' | 'column'>): void {
  if (field == null) return;
  const lines = field.value.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const at = Math.min(start + column - 1, field.value.length);
  field.focus({ preventScroll: true });
  field.setSelectionRange(at, at);
  const top = field.getBoundingClientRect().top + ((line - 0.5) / Number(field.rows)) * field.clientHeight;
  if (top < 80 || top > window.innerHeight - 120) window.scrollBy({ top: top - window.innerHeight / 2 });
}

/** A new line begins where the one before it does. */
function keepIndentation(event: KeyboardEvent<HTMLTextAreaElement>): void {
  if (event.key !== 'Enter' || event.ctrlKey || event.metaKey || event.altKey || event.nativeEvent.isComposing) return;
  const { value, selectionStart } = event.currentTarget;
  const begin = value.lastIndexOf('\n', selectionStart - 1) + 1;
  const indentation = /^ */.exec(value.slice(begin, selectionStart))?.[0] ?? '';
  if (indentation === '') return;
  event.preventDefault();
  // As if it was typed, so that it can be undone.
  document.execCommand('insertText', false, `\n${indentation}`);
}
