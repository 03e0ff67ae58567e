import { Checkbox, NumberInput, Select, Textarea, TextInput } from '@mantine/core';
import {
  type BaseInputTemplateProps,
  enumOptionSelectedValue,
  enumOptionValueDecoder,
  enumOptionValueEncoder,
  getOptionValueFormat,
  type WidgetProps,
} from '@rjsf/utils';
import type { ChangeEvent, FocusEvent } from 'react';
import { CredentialNotice } from './credential-notice.tsx';

/** Text, or a number. Its description and what is wrong with it belong to the input itself. */
export function OptionInput(props: BaseInputTemplateProps) {
  const { id, label, value, disabled, readonly, required, schema, options, rawErrors, placeholder, onChange, onBlur } = props;
  const shared = {
    id,
    label,
    description: options.description ?? schema.description,
    required: required === true,
    readOnly: disabled === true || readonly === true,
    error: rawErrors?.[0],
    autoComplete: 'off',
    ...(placeholder ? { placeholder } : {}),
    onBlur: ({ target, relatedTarget }: FocusEvent<HTMLInputElement | HTMLTextAreaElement>) => {
      // Words that appear above a button while it is pressed would move it away from the pointer.
      if (!relatedTarget?.closest('button, [data-credential]')) onBlur(id, target.value);
    },
  };
  if (schema.type === 'integer' || schema.type === 'number') {
    return (
      <NumberInput
        {...shared}
        value={value ?? ''}
        allowDecimal={schema.type === 'number'}
        onChange={(next) => onChange(next === '' ? undefined : next)}
      />
    );
  }
  const text = {
    ...shared,
    value: value ?? '',
    spellCheck: false,
    onChange: ({ currentTarget }: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) =>
      onChange(currentTarget.value === '' ? options.emptyValue : currentTarget.value),
  };
  const lines = (schema as { 'x-lines'?: number })['x-lines'];
  const classNames = schema.contentMediaType === undefined ? {} : { classNames: { input: 'mono' } };
  return (
    <>
      {lines === undefined ? <TextInput {...text} /> : <Textarea {...text} {...classNames} rows={lines} resize="vertical" />}
      <CredentialNotice option={id.replace(/^option_/, '')} text={String(value ?? '')} readOnly={shared.readOnly} />
    </>
  );
}

/** A yes-or-no option, with its description below it rather than before. */
export function OptionCheckbox({ id, label, value, disabled, readonly, required, schema, options, rawErrors, onChange }: WidgetProps) {
  return (
    <Checkbox
      id={id}
      label={label}
      description={options.description ?? schema.description}
      checked={value === true}
      disabled={disabled === true || readonly === true}
      required={required === true}
      error={rawErrors?.[0]}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}

/** One of a few. */
export function OptionSelect({
  id,
  label,
  value,
  disabled,
  readonly,
  required,
  schema,
  options,
  rawErrors,
  placeholder,
  onChange,
}: WidgetProps) {
  const choices = options.enumOptions ?? [];
  const format = getOptionValueFormat(options);
  return (
    <Select
      id={id}
      label={label}
      description={options.description ?? schema.description}
      data={choices.map((choice, index) => ({ value: enumOptionValueEncoder(choice.value, index, format), label: choice.label }))}
      value={enumOptionSelectedValue(value, choices, false, format, null) as string | null}
      placeholder={placeholder || 'Choose'}
      disabled={disabled === true || readonly === true}
      required={required === true}
      allowDeselect={required !== true && schema.default === undefined}
      error={rawErrors?.[0]}
      onChange={(next) => onChange(enumOptionValueDecoder(next ?? '', choices, format, options.emptyValue))}
    />
  );
}
