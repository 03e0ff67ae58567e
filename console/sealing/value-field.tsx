import { checkValue, cleanValue, namedDestinations, type ValueFinding } from '@holdfast/envelope';
import { Button, Text } from '@mantine/core';
import { AlertIcon } from '@primer/octicons-react';
import { type KeyboardEvent, type ReactNode, type Ref, useCallback, useEffect, useImperativeHandle, useRef, useState } from 'react';
import { Notice } from '../ui/notice.tsx';
import { useKeptText } from './kept-text.ts';
import { SecretTextArea } from './secret-text-area.tsx';
import classes from './value-field.module.css';

/**
 * The one place where a value is while it is typed: the text of a DOM element, or held beside it, in no
 * state, cache or form library. `take` reads it, `clear` empties the field when it has been sealed.
 */
export interface ValueFieldHandle {
  read: () => string;
  /**
   * Before it, `read` gives what was there before a file that is still being read; and after it, too, when
   * that file is refused, which it answers with `false`.
   */
  settled: () => Promise<boolean>;
  /** As if it were typed. */
  write: (text: string) => void;
  clear: () => void;
  focus: () => void;
}

interface Facts {
  characters: number;
  lines: number;
  destinations: readonly string[];
  findings: readonly ValueFinding[];
  /** Some of them have a cleaning that is certain. */
  cleanable: boolean;
}

interface ValueFieldProps {
  ref: Ref<ValueFieldHandle>;
  label?: string;
  /** Of the secret, where it is known. */
  name?: string | undefined;
  error: string | undefined;
  /** Shown while the field is empty. */
  hint?: ReactNode;
  onInput?: () => void;
  /** Ctrl+Enter or Cmd+Enter; Enter alone is part of a value of several lines. */
  onSubmit?: () => void;
  autoFocus?: boolean;
  /** It has to be filled; by default. */
  required?: boolean;
}

export function ValueField({
  ref,
  label = 'Value',
  name,
  error,
  hint,
  onInput,
  onSubmit,
  autoFocus = false,
  required = true,
}: ValueFieldProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const held = useRef<HTMLDivElement>(null);
  const [facts, setFacts] = useState<Facts>();
  // A ref: what listens to changes must not recreate the handlers of the text.
  const changed = useRef(() => {});
  const kept = useKeptText(
    field,
    useCallback(() => changed.current(), []),
  );
  const look = () => setFacts(factsOf(kept.read(), name));
  changed.current = () => {
    look();
    onInput?.();
  };
  useImperativeHandle(ref, () => ({
    read: kept.read,
    settled: kept.settled,
    write: (text) => kept.change(text),
    clear: () => {
      kept.clear();
      setFacts(undefined);
    },
    focus: () => (held.current ?? field.current)?.focus(),
  }));
  // biome-ignore lint/correctness/useExhaustiveDependencies: a name that is typed afterwards may turn out to stand in front of the value
  useEffect(look, [name]);

  function submitByKey(event: KeyboardEvent) {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    onSubmit?.();
  }

  return (
    <div>
      <SecretTextArea
        field={field}
        held={held}
        kept={kept}
        label={label}
        rows={2}
        required={required}
        error={error}
        data-autofocus={autoFocus || undefined}
        onKeyDown={submitByKey}
      />
      <Text component="div" size="xs" c="dimmed" mt={5} role="status">
        {facts === undefined ? hint : <FactsLine facts={facts} />}
      </Text>
      <div aria-live="polite">
        {facts?.findings.map((finding) => (
          <div key={finding.message} className={classes.warning}>
            <Notice tone={finding.severity === 'refuse' ? 'bad' : 'warn'} icon={<AlertIcon size={15} />}>
              {finding.message}
            </Notice>
          </div>
        ))}
      </div>
      {facts?.cleanable ? (
        <Button
          variant="default"
          size="compact-sm"
          mt={8}
          onClick={() => {
            kept.change(cleanValue(kept.read(), { name }));
            (held.current ?? field.current)?.focus();
          }}
        >
          Clean
        </Button>
      ) : null}
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

function factsOf(value: string, name: string | undefined): Facts | undefined {
  if (value === '') return undefined;
  return {
    characters: [...value].length,
    lines: value.split(/\r\n|\r|\n/).length,
    destinations: namedDestinations(value),
    findings: checkValue(value, { name }),
    cleanable: cleanValue(value, { name }) !== value,
  };
}
