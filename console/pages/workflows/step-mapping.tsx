import { ActionIcon, Button, Stack, TextInput, VisuallyHidden } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { PlusIcon, XIcon } from '@primer/octicons-react';
import { useState } from 'react';
import classes from './step-fields.module.css';
import { newField, type WorkflowValues } from './workflow-values.ts';

const FIELDS_MAXIMUM = 100;
const EXPRESSION = { maxLength: 2_000, autoComplete: 'off', spellCheck: false } as const;

/** The name, and the fields, of what a step gets in place of the document. */
export function StepMapping({ form, index }: { form: UseFormReturnType<WorkflowValues>; index: number }) {
  const [opened, setOpened] = useState(false);
  const step = form.values.steps[index];
  if (step === undefined) return null;
  const { fields } = step;
  if (!opened && step.mappedName === '' && fields.length === 0) {
    return (
      <div className={classes.mapping}>
        <Button variant="subtle" size="compact-sm" aria-label={`Map what it gets: step ${index + 1}`} onClick={() => setOpened(true)}>
          Map what it gets
        </Button>
      </div>
    );
  }
  return (
    <Stack gap="xs" className={classes.mapping}>
      <TextInput
        label="Gets it under the name"
        aria-label={`Gets it under the name, of step ${index + 1}`}
        description={'An expression in CEL, such as "invoices/" + document.name; empty for the name that it has.'}
        {...EXPRESSION}
        {...form.getInputProps(`steps.${index}.mappedName`)}
      />
      {fields.map(({ key }, position) => (
        <div key={key} className={classes.field}>
          <TextInput
            className={classes.fieldName}
            label={position === 0 ? 'Field' : undefined}
            aria-label={`Field ${position + 1} of step ${index + 1}`}
            placeholder="total"
            maxLength={120}
            autoComplete="off"
            spellCheck={false}
            {...form.getInputProps(`steps.${index}.fields.${position}.name`)}
          />
          <TextInput
            className={classes.fieldExpression}
            label={position === 0 ? 'Expression in CEL' : undefined}
            aria-label={`Expression in CEL of field ${position + 1} of step ${index + 1}`}
            placeholder="result.total"
            {...EXPRESSION}
            {...form.getInputProps(`steps.${index}.fields.${position}.expression`)}
          />
          <ActionIcon
            variant="default"
            size={36}
            aria-label={`Remove field ${position + 1} of step ${index + 1}`}
            onClick={() => form.removeListItem(`steps.${index}.fields`, position)}
          >
            <XIcon size={15} aria-hidden />
          </ActionIcon>
        </div>
      ))}
      {fields.length < FIELDS_MAXIMUM ? (
        <div>
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<PlusIcon size={14} />}
            onClick={() => form.insertListItem(`steps.${index}.fields`, newField())}
          >
            {fields.length === 0 ? 'Make a JSON document of fields' : 'Add a field'}
            <VisuallyHidden> (step {index + 1})</VisuallyHidden>
          </Button>
        </div>
      ) : null}
    </Stack>
  );
}
