import type { ComponentType, Project } from '@holdfast/api';
import { Button, Stack, Text, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { faultsOfOptions } from '../../../examples/faults.ts';
import type { Example, ExampleSecret } from '../../../examples/index.ts';
import { ExampleFailure, WORKFLOW } from '../../../examples/make.ts';
import { typesInWords } from '../../../examples/words.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf, type ShownProblem } from '../../api/problem.ts';
import { Panel } from '../../forms/panel.tsx';
import { FormProblem } from '../../ui/error-state.tsx';
import { FormFooter } from '../../ui/form-footer.tsx';
import { notifyDone, notifyProblem } from '../../ui/notify.ts';
import { useUnsavedWarning } from '../../ui/unsaved-warning.tsx';
import { useSubmission } from '../../ui/use-submission.ts';
import { AddSecretDialog } from '../secrets/dialogs.tsx';
import { ExampleComponentFields } from './example-component-fields.tsx';
import { ExampleSecretField } from './example-secret-field.tsx';
import { type ExampleErrors, type ExampleValues, valuesOf } from './example-values.ts';
import { ExampleYaml } from './example-yaml.tsx';
import { useExample } from './use-example.ts';

const NAME_MAXIMUM = 120;
/** Asked before the form is left while the example is being made. */
const MAKING = {
  title: 'Leave while it is made?',
  text: 'It is made all the same, unless something stands in its way. What you entered here is then gone.',
  leave: 'Leave',
};

/** Chooses the secrets, changes what differs from organization to organization, and makes it all at once. */
export function ExampleForm({ example, project, types }: { example: Example; project: Project; types: readonly ComponentType[] }) {
  const organization = useOrganization();
  const navigate = useNavigate();
  const make = useExample(example, project);
  const form = useRef<HTMLFormElement>(null);
  const [values, setValues] = useState<ExampleValues>(() => valuesOf(example));
  const [errors, setErrors] = useState<ExampleErrors>(new Map());
  const [problem, setProblem] = useState<ShownProblem>();
  const submission = useSubmission();
  const [adding, setAdding] = useState<ExampleSecret>();
  const [dirty, setDirty] = useState(false);
  const warning = useUnsavedWarning(submission.busy || dirty, submission.busy ? MAKING : undefined);
  const left = example.secrets.filter(({ name }) => values.secrets[name] === null).map(({ name }) => name);
  const toProject = {
    to: '/organizations/$organization/projects/$project',
    params: { organization: organization.slug, project: project.id },
  } as const;

  function change(next: Partial<ExampleValues>, field?: string) {
    setValues((before) => ({ ...before, ...next }));
    setDirty(true);
    setProblem(undefined);
    if (field !== undefined && errors.has(field)) setErrors(new Map([...errors].filter(([key]) => key !== field)));
  }

  function show(found: ExampleErrors) {
    setErrors(found);
    // After they are drawn.
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    setProblem(undefined);
    const found = faultsOf(example, values, types);
    if (found.size > 0) return show(found);
    setErrors(found);
    void submission.run(create, showFailure, (error) => notifyProblem(failureOf(error).cause));
  }

  async function create(signal: AbortSignal) {
    const workflow = await make(values);
    notifyDone(`${workflow.name} is made.`);
    // Who left the form meanwhile is somewhere else on purpose.
    if (signal.aborted) return;
    warning.allow();
    await navigate({
      to: '/organizations/$organization/projects/$project/workflows/$workflow',
      params: { organization: organization.slug, project: project.id, workflow: workflow.id },
      replace: true,
    });
  }

  function showFailure(error: unknown) {
    const { of, cause } = failureOf(error);
    const placed = placeOf(of, problemOf(cause), example);
    if (placed === undefined) setProblem(problemOf(cause));
    else show(placed);
  }

  return (
    <>
      <form ref={form} onSubmit={submit} noValidate>
        <Stack maw={720} gap="md">
          <Panel title="Secrets">
            <Stack gap="lg">
              {example.secrets.map((secret) => (
                <ExampleSecretField
                  key={secret.name}
                  secret={secret}
                  example={example}
                  values={values}
                  projectId={project.id}
                  types={types}
                  choose={(chosen, byHand) => {
                    setValues((before) => ({ ...before, secrets: { ...before.secrets, [secret.name]: chosen } }));
                    if (byHand) setDirty(true);
                  }}
                  add={() => setAdding(secret)}
                />
              ))}
            </Stack>
          </Panel>
          {example.components.map((component) => (
            <ExampleComponentFields
              key={component.key}
              component={component}
              type={types.find(({ type }) => type === component.type)}
              values={values}
              errors={errors}
              change={change}
            />
          ))}
          <Panel title="Workflow">
            <TextInput
              label="Name of the workflow"
              required
              autoComplete="off"
              maxLength={NAME_MAXIMUM}
              value={values.workflowName}
              error={errors.get(WORKFLOW)}
              onChange={(event) => change({ workflowName: event.currentTarget.value }, WORKFLOW)}
            />
            <Text size="sm" c="dimmed" mt="xs">
              {typesInWords(example)}
            </Text>
            <ExampleYaml example={example} values={values} project={project} />
          </Panel>
          <FormProblem problem={problem} />
          <Text size="sm" c="dimmed" role="status">
            {left.length === 0
              ? ''
              : `${left.join(', ')} ${left.length === 1 ? 'is' : 'are'} left for later: what needs ${left.length === 1 ? 'it' : 'them'} is made, and shows as broken until ${left.length === 1 ? 'it is' : 'they are'} added there.`}
          </Text>
          <FormFooter>
            <Button
              variant="default"
              disabled={submission.busy}
              onClick={() => {
                warning.allow();
                void navigate(toProject);
              }}
            >
              Cancel
            </Button>
            <Button type="submit" loading={submission.busy}>
              Create
            </Button>
          </FormFooter>
        </Stack>
      </form>
      {warning.dialog}
      {/* Outside of the form: what a dialog in it submits, React passes on to the form around it. */}
      <AddSecretDialog
        key={adding?.name}
        opened={adding !== undefined}
        close={() => setAdding(undefined)}
        name={adding?.name ?? ''}
        metadata={adding && { kind: adding.kind, description: adding.description, obtainUrl: adding.obtainUrl ?? '' }}
        added={(added) => {
          if (adding !== undefined) change({ secrets: { ...values.secrets, [adding.name]: added } });
        }}
      />
    </>
  );
}

function failureOf(error: unknown): ExampleFailure {
  return error instanceof ExampleFailure ? error : new ExampleFailure('', error);
}

/** What the browser can know before anything is sent. */
function faultsOf(example: Example, values: ExampleValues, types: readonly ComponentType[]): Map<string, string> {
  const found = new Map<string, string>();
  const taken = new Set<string>();
  for (const { key } of example.components) {
    const name = values.names[key]?.trim() ?? '';
    if (name === '') found.set(key, 'Enter a name.');
    else if (taken.has(name.toLowerCase())) found.set(key, 'Another component of this example has this name.');
    taken.add(name.toLowerCase());
  }
  for (const { key, option, message } of faultsOfOptions(example, { options: values.options }, types))
    found.set(`${key} ${option}`, message);
  if (values.workflowName.trim() === '') found.set(WORKFLOW, 'Enter a name.');
  return found;
}

/** The field that the server's answer is about; `undefined`: none of them. */
function placeOf(of: string, problem: ShownProblem, example: Example): Map<string, string> | undefined {
  if (problem.code === 'name_taken')
    return new Map([[of, `The project has a ${of === WORKFLOW ? 'workflow' : 'component'} of this name already.`]]);
  const asks = example.components.find(({ key }) => key === of)?.asks ?? [];
  const placed = [...problem.fields].flatMap(([field, message]) => {
    const option = field.split(/[./]/).find((segment) => asks.includes(segment));
    return option === undefined ? [] : [[`${of} ${option}`, message] as const];
  });
  return placed.length === 0 ? undefined : new Map(placed);
}
