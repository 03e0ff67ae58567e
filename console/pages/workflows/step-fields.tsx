import { type Component, type ComponentType, ORIGINAL, type Project } from '@holdfast/api';
import { freePartName } from '@holdfast/configuration';
import { ActionIcon, Button, Select, Stack, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { ArrowUpIcon, PlusIcon, XIcon } from '@primer/octicons-react';
import { useState } from 'react';
import { useOrganization } from '../../api/organization.ts';
import { TextLink } from '../../ui/links.tsx';
import { Notice } from '../../ui/notice.tsx';
import classes from './step-fields.module.css';
import { StepMapping } from './step-mapping.tsx';
import { isMadeOf, type StepValues, type WorkflowValues } from './workflow-values.ts';

const STEPS_MAXIMUM = 20;
/** What a step takes when nobody chose: in words, since it changes with the steps before it. */
const DEFAULT_INPUT = '';

interface StepFieldsProps {
  form: UseFormReturnType<WorkflowValues>;
  project: Project;
  components: readonly Component[];
  roleOf: (component: Component) => ComponentType['role'] | undefined;
  loading: boolean;
  error: boolean;
}

/** The models and publishers that a document goes through, in their order, and what each of them takes. */
export function StepFields({ form, project, components, roleOf, loading, error }: StepFieldsProps) {
  const organization = useOrganization();
  const [added, setAdded] = useState<string>();
  const usable = components.filter((component) => roleOf(component) !== 'connector');
  if (!loading && !error && usable.length === 0) {
    return (
      <Notice tone="warn">
        The project has no publisher yet, and a workflow needs one.{' '}
        <TextLink
          size="sm"
          inherit
          to="/organizations/$organization/projects/$project/components/$component"
          params={{ organization: organization.slug, project: project.id, component: 'new' }}
        >
          Add a component
        </TextLink>
      </Notice>
    );
  }
  const choices = (role: ComponentType['role'], group: string) => {
    const items = usable
      .filter((component) => roleOf(component) === role)
      .map(({ id, name, broken }) => ({ value: id, label: broken === null ? name : `${name} (broken)` }));
    return items.length === 0 ? [] : [{ group, items }];
  };
  const data = [...choices('model', 'Models'), ...choices('publisher', 'Publishers')];
  const { steps } = form.values;
  return (
    <Stack gap="sm">
      {steps.map((step, index) => (
        <div key={step.key} className={classes.step}>
          <Select
            className={classes.component}
            label={`Step ${index + 1}`}
            placeholder="Choose a model or publisher"
            data={data}
            value={step.componentId}
            onChange={(componentId) => {
              const former = components.find(({ id }) => id === step.componentId);
              form.setFieldValue(`steps.${index}`, { ...step, componentId, name: isMadeOf(former, step.name) ? '' : step.name });
              form.clearFieldError(`steps.${index}`);
            }}
            error={form.errors[`steps.${index}`]}
            searchable
            required
            disabled={loading}
            autoFocus={step.key === added}
          />
          <TextInput
            className={classes.name}
            label="Name"
            aria-label={`Name of step ${index + 1}`}
            placeholder={suggestedName(step, components)}
            maxLength={64}
            autoComplete="off"
            spellCheck={false}
            {...form.getInputProps(`steps.${index}.name`)}
          />
          <InputChoice form={form} index={index} components={components} roleOf={roleOf} />
          <TextInput
            className={classes.condition}
            label="Only when"
            aria-label={`Only when, of step ${index + 1}`}
            description="An expression in CEL, such as document.size > 0; empty for every document."
            maxLength={2_000}
            autoComplete="off"
            spellCheck={false}
            {...form.getInputProps(`steps.${index}.condition`)}
          />
          <StepMapping form={form} index={index} />
          {steps.length > 1 ? (
            // At the top it stays, without effect: who moved the step there by keyboard keeps a place.
            <ActionIcon
              variant="default"
              size={36}
              aria-label={`Move step ${index + 1} up`}
              data-disabled={index === 0 || undefined}
              aria-disabled={index === 0 || undefined}
              onClick={() => index > 0 && form.reorderListItem('steps', { from: index, to: index - 1 })}
            >
              <ArrowUpIcon size={15} />
            </ActionIcon>
          ) : null}
          {steps.length > 1 ? (
            <ActionIcon
              variant="default"
              size={36}
              aria-label={`Remove step ${index + 1}`}
              onClick={() => form.removeListItem('steps', index)}
            >
              <XIcon size={15} aria-hidden />
            </ActionIcon>
          ) : null}
        </div>
      ))}
      {steps.length < STEPS_MAXIMUM ? (
        <div>
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<PlusIcon size={14} />}
            onClick={() => {
              const step = newStep();
              setAdded(step.key);
              form.insertListItem('steps', step);
            }}
          >
            Add a step
          </Button>
        </div>
      ) : null}
    </Stack>
  );
}

export function newStep(): StepValues {
  return { key: crypto.randomUUID(), componentId: null, name: '', input: DEFAULT_INPUT, condition: '', mappedName: '', fields: [] };
}

/** What it will be called when nobody says it, as far as other steps leave it the name. */
function suggestedName({ componentId }: StepValues, components: readonly Component[]): string {
  const component = components.find(({ id }) => id === componentId);
  return component === undefined ? '' : freePartName(component.name, new Set(), 'step');
}

interface InputChoiceProps extends Pick<StepFieldsProps, 'form' | 'components' | 'roleOf'> {
  index: number;
}

/** Only where there is something to choose: behind a model. */
function InputChoice({ form, index, components, roleOf }: InputChoiceProps) {
  const { steps } = form.values;
  const step = steps[index];
  if (step === undefined) return null;
  const models = steps.slice(0, index).flatMap(({ key, componentId, name }, position) => {
    const component = components.find(({ id }) => id === componentId);
    if (component === undefined || roleOf(component) !== 'model') return [];
    return [{ key, name: name.trim() || component.name, position }];
  });
  const last = models.at(-1);
  if (last === undefined) return null;
  const chosen = models.some(({ key }) => key === step.input) || step.input === ORIGINAL ? step.input : last.key;
  return (
    <Select
      className={classes.takes}
      label="Takes"
      aria-label={`Takes, of step ${index + 1}`}
      data={[
        { value: ORIGINAL, label: 'the original document' },
        ...models.map(({ key, name, position }) => ({ value: key, label: `what step ${position + 1} makes (${name})` })),
      ]}
      value={chosen}
      allowDeselect={false}
      onChange={(input) => form.setFieldValue(`steps.${index}.input`, input ?? DEFAULT_INPUT)}
    />
  );
}
