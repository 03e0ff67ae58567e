import { checkValue, namedDestinations, type ValueFinding } from '@holdfast/envelope';
import { Text, Textarea, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactNode, type Ref, useImperativeHandle, useRef, useState } from 'react';
import { Notice } from '../ui/notice.tsx';
import classes from './value-field.module.css';

/**
 * The one place where a value is while it is typed: the text of a DOM element, in no state, cache or form library.
 * `take` reads it, `clear` empties the field when it has been sealed.
 */
export interface ValueFieldHandle {
  read: () => string;
  clear: () => void;
  focus: () => void;
}

interface Facts {
  characters: number;
  lines: number;
  destinations: readonly string[];
  findings: readonly ValueFinding[];
}

interface ValueFieldProps {
  ref: Ref<ValueFieldHandle>;
  label?: string;
  error: string | undefined;
  /** Shown while the field is empty. */
  hint?: ReactNode;
  onInput?: () => void;
  /** Ctrl+Enter or Cmd+Enter; Enter alone is part of a value of several lines. */
  onSubmit?: () => void;
  autoFocus?: boolean;
}

export function ValueField({ ref, label = 'Value', error, hint, onInput, onSubmit, autoFocus = false }: ValueFieldProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const [facts, setFacts] = useState<Facts>();
  const look = () => setFacts(factsOf(field.current?.value ?? ''));
  useImperativeHandle(ref, () => ({
    read: () => field.current?.value ?? '',
    clear: () => {
      if (field.current !== null) field.current.value = '';
      setFacts(undefined);
    },
    focus: () => field.current?.focus(),
  }));

  function change(correct: (value: string) => string) {
    if (field.current === null) return;
    field.current.value = correct(field.current.value);
    field.current.focus();
    look();
  }
  function submitByKey(event: KeyboardEvent) {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    onSubmit?.();
  }

  return (
    <div>
      <Textarea
        ref={field}
        label={label}
        required
        rows={2}
        resize="vertical"
        error={error}
        classNames={{ input: classes.dots ?? '' }}
        autoComplete="off"
        autoCorrect="off"
        autoCapitalize="off"
        spellCheck={false}
        data-1p-ignore
        data-lpignore="true"
        data-bwignore
        data-autofocus={autoFocus || undefined}
        onInput={() => {
          look();
          onInput?.();
        }}
        onKeyDown={submitByKey}
      />
      <Text component="div" size="xs" c="dimmed" mt={5} role="status">
        {facts === undefined ? hint : <FactsLine facts={facts} />}
      </Text>
      {facts?.findings.map((finding) => (
        <div key={finding.message} className={classes.warning}>
          <Notice tone="warn" icon={<IconAlertTriangle size={15} />}>
            {finding.message} <CleanButton finding={finding} change={change} />
          </Notice>
        </div>
      ))}
    </div>
  );
}

/** How much was typed and where it may go: nothing of the value itself but hosts that it names. */
function FactsLine({ facts }: { facts: Facts }) {
  const { characters, lines, destinations } = facts;
  return (
    <>
      {characters.toLocaleString()} {characters === 1 ? 'character' : 'characters'} on {lines.toLocaleString()}{' '}
      {lines === 1 ? 'line' : 'lines'}.{' '}
      {destinations.length === 0 ? null : (
        <>
          It names the {destinations.length === 1 ? 'destination' : 'destinations'}{' '}
          <span className={classes.hosts}>{destinations.join(', ')}</span>.
        </>
      )}
    </>
  );
}

function CleanButton({ finding, change }: { finding: ValueFinding; change: (correct: (value: string) => string) => void }) {
  const { clean } = finding;
  if (clean === undefined) return null;
  return (
    <UnstyledButton className={classes.clean} onClick={() => change(clean)}>
      Clean
    </UnstyledButton>
  );
}

function factsOf(value: string): Facts | undefined {
  if (value === '') return undefined;
  return {
    characters: [...value].length,
    lines: value.split(/\r\n|\r|\n/).length,
    destinations: namedDestinations(value),
    findings: value === '' ? [] : checkValue(value),
  };
}
