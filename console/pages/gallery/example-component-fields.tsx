import type { ComponentType } from '@holdfast/api';
import { Stack, Text, Textarea, TextInput } from '@mantine/core';
import type { ExampleComponent } from '../../../examples/index.ts';
import { Panel } from '../../forms/panel.tsx';
import type { ExampleErrors, ExampleValues } from './example-values.ts';

interface ExampleComponentFieldsProps {
  component: ExampleComponent;
  /** `undefined`: this instance does not know it; the server will say so. */
  type: ComponentType | undefined;
  values: ExampleValues;
  errors: ExampleErrors;
  change: (next: Partial<ExampleValues>, field: string) => void;
}

interface Asked {
  title?: string;
  description?: string;
  maxLength?: number;
}

/** Texts that may be longer than this are written in several lines. */
const ONE_LINE_CHARACTERS = 1_000;

/** The name of a component, and the options that differ; the others stay as the example has them. */
export function ExampleComponentFields({ component, type, values, errors, change }: ExampleComponentFieldsProps) {
  const { key, asks } = component;
  const required = (type?.schema.required ?? []) as readonly string[];
  const schemas = (type?.schema.properties ?? {}) as Readonly<Record<string, Asked>>;
  return (
    <Panel title={type?.title ?? component.type}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {type?.description} Its other options stay as the example has them; change them on its page.
        </Text>
        <TextInput
          label="Name"
          required
          autoComplete="off"
          maxLength={120}
          value={values.names[key]}
          error={errors.get(key)}
          onChange={(event) => change({ names: { ...values.names, [key]: event.currentTarget.value } }, key)}
        />
        {asks.map((option) => {
          const { title = option, description, maxLength = 0 } = schemas[option] ?? {};
          const props = {
            label: title,
            description,
            required: required.includes(option),
            autoComplete: 'off',
            spellCheck: false,
            value: values.options[key]?.[option] ?? '',
            error: errors.get(`${key} ${option}`),
          };
          const set = (text: string) =>
            change({ options: { ...values.options, [key]: { ...values.options[key], [option]: text } } }, `${key} ${option}`);
          return maxLength > ONE_LINE_CHARACTERS ? (
            <Textarea key={option} {...props} autosize minRows={2} maxRows={10} onChange={(event) => set(event.currentTarget.value)} />
          ) : (
            <TextInput key={option} {...props} onChange={(event) => set(event.currentTarget.value)} />
          );
        })}
      </Stack>
    </Panel>
  );
}
