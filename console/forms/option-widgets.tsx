import { Checkbox, Select } from '@mantine/core';
import {
  enumOptionSelectedValue,
  enumOptionValueDecoder,
  enumOptionValueEncoder,
  getOptionValueFormat,
  type WidgetProps,
} from '@rjsf/utils';

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
