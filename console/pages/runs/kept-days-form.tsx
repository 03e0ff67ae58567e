import { type KeptDays, keptDaysBody } from '@holdfast/api';
import { Button, Group, NumberInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useEffect, useState } from 'react';
import { type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { fieldErrors } from '../../api/validation.ts';
import { FormProblem } from '../../ui/error-state.tsx';
import classes from './kept-days-form.module.css';
import { keptInWords } from './run-words.ts';

interface KeptDaysFormProps {
  kept: KeptDays;
  /** What an empty field means. */
  otherwise: KeptDays;
  mayWrite: boolean;
  save: (kept: KeptDays) => Promise<unknown>;
}

const FIELDS = [
  { name: 'documentDays', label: 'Documents', description: 'Uploaded ones, and what models made of them.' },
  { name: 'logDays', label: 'Logs', description: 'The lines that a run wrote.' },
  { name: 'runDays', label: 'Runs', description: 'With their lists of documents. The audit stays.' },
] as const;

type Values = Record<(typeof FIELDS)[number]['name'], number | string>;

/** Days after the end of a run; an empty field means what holds one level above. */
export function KeptDaysForm({ kept, otherwise, mayWrite, save }: KeptDaysFormProps) {
  const [problem, setProblem] = useState<ShownProblem>();
  const [saving, setSaving] = useState(false);
  const initialValues: Values = { documentDays: kept.documentDays ?? '', logDays: kept.logDays ?? '', runDays: kept.runDays ?? '' };
  const form = useForm<Values>({ initialValues, validate: (values) => fieldErrors(keptDaysBody, bodyOf(values)) });
  const { documentDays, logDays, runDays } = initialValues;
  // biome-ignore lint/correctness/useExhaustiveDependencies: when others have saved, only what is not typed here follows
  useEffect(() => {
    const former = form.getInitialValues();
    const typed = form.getValues();
    const saved: Values = { documentDays, logDays, runDays };
    form.setInitialValues(saved);
    form.setValues(Object.fromEntries(FIELDS.map(({ name }) => [name, (typed[name] === former[name] ? saved : typed)[name]])) as Values);
  }, [documentDays, logDays, runDays]);
  const submit = form.onSubmit(async (values) => {
    setProblem(undefined);
    setSaving(true);
    try {
      await save(bodyOf(values));
      form.resetDirty(values);
    } catch (error) {
      setProblem(spreadProblem(error, Object.keys(values), form.setFieldError));
    } finally {
      setSaving(false);
    }
  });
  return (
    <form onSubmit={submit} noValidate>
      <div className={classes.days}>
        {FIELDS.map(({ name, label, description }) => (
          <NumberInput
            key={name}
            label={label}
            description={description}
            placeholder={keptInWords(otherwise[name])}
            suffix=" days"
            min={0}
            allowDecimal={false}
            hideControls
            disabled={!mayWrite}
            {...form.getInputProps(name)}
          />
        ))}
      </div>
      <FormProblem problem={problem} />
      {mayWrite ? (
        <Group mt="sm">
          <Button type="submit" size="xs" variant="default" loading={saving} disabled={!form.isDirty()}>
            Save
          </Button>
        </Group>
      ) : null}
    </form>
  );
}

function bodyOf(values: Values): KeptDays {
  const days = (value: number | string) => (value === '' ? null : Number(value));
  return { documentDays: days(values.documentDays), logDays: days(values.logDays), runDays: days(values.runDays) };
}
