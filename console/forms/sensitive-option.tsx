import { referenceTo } from '@holdfast/configuration';
import { Button, Checkbox, Fieldset, Text } from '@mantine/core';
import type { FieldProps } from '@rjsf/utils';
import { useId } from 'react';
import { OptionSecretPicker } from './option-secret-picker.tsx';
import { OwnValueInput } from './own-value-input.tsx';
import { SecretText } from './secret-text.tsx';
import { NOTHING_CHOSEN, type SensitiveChoice } from './sensitive-choice.ts';
import classes from './sensitive-option.module.css';

/**
 * One option that holds a secret. Ticking "Use organization secret" chooses one of the organization's by
 * name; without it a value is typed, which is sealed in this browser and belongs to the component alone.
 */
export function SensitiveOption({ fieldPathId, name, schema, uiSchema, formData, rawErrors, disabled, readonly, onChange }: FieldProps) {
  const choice = (formData as SensitiveChoice | undefined) ?? NOTHING_CHOSEN;
  const label = schema.title ?? name;
  const descriptionId = useId();
  const options = uiSchema?.['ui:options'] as { requiredOption?: boolean } | undefined;
  const description = uiSchema?.['ui:description'] as string | undefined;
  const required = options?.requiredOption === true;
  const locked = disabled === true || readonly === true;
  const choose = (next: SensitiveChoice) => onChange(next, fieldPathId.path, undefined, fieldPathId.$id);
  const error = rawErrors?.[0];

  return (
    <Fieldset
      id={fieldPathId.$id}
      variant="unstyled"
      legend={
        <>
          {label}
          {required ? (
            <Text span c="var(--mantine-color-error)" aria-hidden>
              {' '}
              *
            </Text>
          ) : null}
        </>
      }
      className={classes.option ?? ''}
      classNames={{ legend: classes.legend ?? '' }}
      aria-describedby={description ? descriptionId : undefined}
    >
      {description ? (
        <Text id={descriptionId} size="xs" c="dimmed" className={classes.description}>
          {description}
        </Text>
      ) : null}
      <Checkbox
        label="Use organization secret"
        checked={choice.source !== 'own-value'}
        disabled={locked}
        onChange={(event) => choose(event.currentTarget.checked ? chooseSecret(choice) : chooseOwnValue(choice))}
      />
      {choice.source === 'text' ? (
        <SecretText option={name} label={label} choice={choice} disabled={locked} error={error} onChoose={choose} />
      ) : choice.source === 'organization-secret' ? (
        <div>
          <OptionSecretPicker option={name} label={label} choice={choice} disabled={locked} error={error} onChoose={choose} />
          {locked ? null : (
            <Button variant="subtle" size="compact-sm" mt={6} onClick={() => choose(textAround(choice.secretName))}>
              Write a text around it
            </Button>
          )}
        </div>
      ) : (
        <OwnValueInput option={name} label={label} choice={choice} disabled={locked} error={error} required={required} onChoose={choose} />
      )}
    </Fieldset>
  );
}

/** A text that begins with the secret that was chosen. */
function textAround(secretName: string | null): SensitiveChoice {
  return { source: 'text', text: secretName === null ? '' : referenceTo(secretName), saved: [] };
}

/**
 * The other way of filling the option is remembered, so that an accidental click loses nothing that was
 * stored.
 */
type Remembering = SensitiveChoice & { former?: SensitiveChoice };

function chooseSecret(current: Remembering): Remembering {
  const former = current.former === undefined || current.former.source === 'own-value' ? undefined : current.former;
  return { ...(former ?? { source: 'organization-secret', secretName: null, state: 'ok' }), former: withoutFormer(current) };
}

function chooseOwnValue(current: Remembering): Remembering {
  const former = current.former?.source === 'own-value' ? { ...current.former, filled: false, replacing: false } : undefined;
  return { ...(former ?? NOTHING_CHOSEN), former: withoutFormer(current) };
}

function withoutFormer({ former: _former, ...choice }: Remembering): SensitiveChoice {
  return choice as SensitiveChoice;
}
