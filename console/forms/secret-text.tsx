import { listSecretNames } from '@holdfast/api';
import { referenceTo } from '@holdfast/configuration';
import { Button, Input, Text, Textarea } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useEndpoint } from '../api/endpoint-hooks.ts';
import { useOrganization } from '../api/organization.ts';
import { CredentialNotice } from './credential-notice.tsx';
import { DestinationWords } from './destination-words.tsx';
import { nameForOption } from './form-schema.ts';
import { OptionSecretPicker } from './option-secret-picker.tsx';
import { brokenWords } from './secret-picker.tsx';
import { namesIn, type SensitiveChoice, type SensitiveState, type TextChoice } from './sensitive-choice.ts';
import classes from './sensitive-option.module.css';
import { useSurroundings } from './sensitive-option-context.ts';

interface SecretTextProps {
  option: string;
  label: string;
  choice: TextChoice;
  disabled: boolean;
  error: string | undefined;
  onChoose: (choice: SensitiveChoice) => void;
}

/** A text with organization secrets in it. It is stored as it is written; each use fills the values in. */
export function SecretText({ option, label, choice, disabled, error, onChoose }: SecretTextProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const { addSecret } = useSurroundings();
  const { names, problem } = namesIn(choice.text);
  // Somebody who typed a reference into another field goes on typing here.
  const begun = choice.saved.length === 0 && choice.text !== '' && !disabled;
  const begunAtFirst = useRef(begun);
  useEffect(() => {
    const element = field.current;
    if (element === null || !begunAtFirst.current) return;
    element.focus();
    element.setSelectionRange(element.value.length, element.value.length);
  }, []);

  function insert(secretName: string) {
    const at = field.current?.selectionStart ?? choice.text.length;
    const end = field.current?.selectionEnd ?? at;
    onChoose({ ...choice, text: choice.text.slice(0, at) + referenceTo(secretName) + choice.text.slice(end) });
  }

  return (
    <div className={classes.text}>
      <Textarea
        ref={field}
        aria-label={`Text of ${label}`}
        description="Stored as you write it, in clear; each use puts the values in. Write nothing secret here but the names."
        classNames={{ input: classes.textInput ?? '' }}
        value={choice.text}
        readOnly={disabled}
        error={error ?? problem}
        autosize
        minRows={2}
        maxRows={10}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChoose({ ...choice, text: event.currentTarget.value })}
      />
      <CredentialNotice
        option={option}
        text={choice.text}
        readOnly={disabled}
        seal={(found) =>
          addSecret === undefined
            ? undefined
            : () =>
                addSecret(
                  nameForOption(option),
                  (secretName) =>
                    onChoose({
                      ...choice,
                      text: choice.text.slice(0, found.start) + referenceTo(secretName) + choice.text.slice(found.end),
                    }),
                  { read: () => choice.text.slice(found.start, found.end), clear: () => {} },
                )
        }
      />
      {names.map((name) => (
        <NamedSecret
          key={name}
          option={option}
          name={name}
          text={choice.text}
          saved={choice.saved.find((secret) => secret.name === name)?.state}
        />
      ))}
      {disabled ? null : (
        <>
          <OptionSecretPicker
            option={option}
            label={`A secret for ${label}`}
            prompt="Put a secret in"
            choice={{ source: 'organization-secret', secretName: null, state: 'ok' }}
            disabled={false}
            error={undefined}
            onChoose={({ secretName }) => secretName !== null && insert(secretName)}
          />
          <div>
            <Button
              variant="subtle"
              size="compact-sm"
              onClick={() => onChoose({ source: 'organization-secret', secretName: names[0] ?? null, state: 'ok' })}
            >
              Use one secret for the whole value
            </Button>
          </div>
        </>
      )}
    </div>
  );
}

/** One secret that the text names: whether it can be used, and where it goes. */
function NamedSecret({ option, name, text, saved }: { option: string; name: string; text: string; saved: SensitiveState | undefined }) {
  const organization = useOrganization();
  const { projectId, addSecret } = useSurroundings();
  const found = useEndpoint(
    listSecretNames,
    { params: { project: projectId }, query: { name, limit: 1 } },
    { enabled: organization.may('secret-names:read'), staleTime: 30_000 },
  );
  const known = found.data?.items[0];
  const state =
    found.data === undefined ? (saved ?? 'ok') : known === undefined ? (broken(saved) ?? 'secret_missing') : expired(known.state);
  const words = brokenWords(name, state, addSecret !== undefined);
  return (
    <div className={classes.named}>
      <Text size="sm" component="div" className="mono">
        {name}
      </Text>
      {words === undefined ? <DestinationWords option={option} secretName={name} text={text} /> : <Input.Error>{words}</Input.Error>}
    </div>
  );
}

function broken(saved: SensitiveState | undefined): SensitiveState | undefined {
  return saved === 'ok' ? undefined : saved;
}

function expired(state: string): SensitiveState {
  return state === 'expired' ? 'secret_expired' : 'ok';
}
