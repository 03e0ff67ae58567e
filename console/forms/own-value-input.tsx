import { namedDestinations } from '@holdfast/envelope';
import { Button, Group, Text } from '@mantine/core';
import { LockIcon } from '@primer/octicons-react';
import { useEffect, useRef } from 'react';
import { useSealedDraft } from '../sealing/sealed-draft.ts';
import { ValueField, type ValueFieldHandle } from '../sealing/value-field.tsx';
import { nameForOption } from './form-schema.ts';
import { namesIn, type OwnValueChoice, type SensitiveChoice } from './sensitive-choice.ts';
import classes from './sensitive-option.module.css';
import { useSurroundings } from './sensitive-option-context.ts';

interface OwnValueInputProps {
  option: string;
  label: string;
  choice: OwnValueChoice;
  disabled: boolean;
  error: string | undefined;
  /** The component cannot do without it. */
  required: boolean;
  onChoose: (choice: SensitiveChoice) => void;
}

/**
 * A component's own value: typed here and sealed before it is sent, or stored already and only to be
 * replaced.
 */
export function OwnValueInput({ option, label, choice, disabled, error, required, onChoose }: OwnValueInputProps) {
  if (choice.stored && !choice.replacing) {
    return (
      <div className={classes.stored}>
        <LockIcon size={16} />
        <Text size="sm" className={classes.storedWords}>
          A value is stored, sealed for this component.
        </Text>
        <Button
          variant="default"
          size="compact-sm"
          disabled={disabled}
          onClick={() => onChoose({ ...choice, replacing: true, filled: false })}
          aria-label={`Replace the value of ${label}`}
        >
          Replace
        </Button>
      </div>
    );
  }
  if (disabled) {
    return (
      <Text size="sm" c="dimmed">
        No value is stored.
      </Text>
    );
  }
  return <TypedValue option={option} choice={choice} error={error} required={required || choice.replacing} onChoose={onChoose} />;
}

function TypedValue({ option, choice, error, required, onChoose }: Omit<OwnValueInputProps, 'label' | 'disabled'>) {
  const { handles, addSecret } = useSurroundings();
  const field = useRef<ValueFieldHandle>(null);
  const draft = useSealedDraft(field);
  const { take, askAgain, discard } = draft;
  // When the server refuses another option, the sealed value is sent again; by then its field is empty.
  const destinations = useRef<readonly string[]>([]);

  useEffect(() => {
    handles.set(option, {
      askAgain,
      read: () => field.current?.read() ?? '',
      fill: (text) => {
        field.current?.write(text);
        field.current?.focus();
      },
      seal: async (key) => {
        await field.current?.settled();
        const value = field.current?.read() ?? '';
        if (value !== '') destinations.current = namedDestinations(value);
        return take({ key, kind: 'component-value', destinations: destinations.current });
      },
    });
    return () => {
      handles.delete(option);
    };
  }, [handles, option, take, askAgain]);
  useEffect(() => discard, [discard]);
  const replacing = choice.replacing;
  useEffect(() => {
    if (replacing) field.current?.focus();
  }, [replacing]);

  function typed() {
    draft.clearError();
    // A text that names secrets is no value of its own: it is kept as it is written, and filled at each use.
    const text = field.current?.read() ?? '';
    if (namesIn(text).names.length > 0) {
      field.current?.clear();
      return onChoose({ source: 'text', text, saved: [] });
    }
    const filled = draft.sealed || (field.current?.read() ?? '') !== '';
    // In place of a value that was sealed, and perhaps tried: what is known of that one no longer holds.
    if (filled !== choice.filled || draft.sealed) onChoose({ ...choice, filled });
  }

  /** The value stays here until it is stored: a name that is taken does not lose it. */
  function saveAsSecret() {
    addSecret?.(nameForOption(option), (secretName) => onChoose({ source: 'organization-secret', secretName, state: 'ok' }), {
      read: () => field.current?.read() ?? '',
      clear: () => field.current?.clear(),
    });
  }

  return (
    <div>
      <ValueField
        ref={field}
        error={draft.error ?? error}
        required={required}
        onInput={typed}
        hint={
          draft.sealed
            ? 'Sealed, and no longer in this page. Type only to seal another value instead.'
            : 'It is sealed in this browser when you save. Nobody will see it again, you included.'
        }
      />
      <Group gap={4} mt={6}>
        {addSecret !== undefined && choice.filled && !draft.sealed ? (
          <Button variant="subtle" size="compact-sm" onClick={saveAsSecret}>
            Save it as an organization secret
          </Button>
        ) : null}
        {choice.replacing ? (
          <Button variant="subtle" size="compact-sm" onClick={() => onChoose({ ...choice, replacing: false, filled: false })}>
            Keep the stored value
          </Button>
        ) : null}
      </Group>
    </div>
  );
}
