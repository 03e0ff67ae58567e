import {
  type Component,
  createWorkflow,
  getOverview,
  getProject,
  getWorkflow,
  listComponents,
  listSourceFolders,
  listWorkflows,
  type Project,
  updateWorkflow,
  type Workflow,
} from '@holdfast/api';
import { ActionIcon, Button, Group, Input, Radio, Select, Stack, Textarea, TextInput } from '@mantine/core';
import { type UseFormReturnType, useForm } from '@mantine/form';
import { ArrowUpIcon, PlusIcon, XIcon } from '@primer/octicons-react';
import { useState } from 'react';
import { useCommand, useEndpoint, useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf, type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { CheckedForm } from '../../forms/checked-form.tsx';
import { Panel } from '../../forms/panel.tsx';
import { FormProblem } from '../../ui/error-state.tsx';
import { FormFooter } from '../../ui/form-footer.tsx';
import { TextLink } from '../../ui/links.tsx';
import { Notice } from '../../ui/notice.tsx';
import { useUnsavedWarning } from '../../ui/unsaved-warning.tsx';

interface Values {
  name: string;
  description: string;
  source: 'upload' | 'folder';
  folder: string | null;
  steps: (string | null)[];
}

const STEPS_MAXIMUM = 20;

interface WorkflowFormProps {
  project: Project;
  /** `undefined` for a new one. */
  workflow: Workflow | undefined;
  saved: (workflow: Workflow) => void;
  cancel: () => void;
}

/** Where the documents come from, and through which components they go. */
export function WorkflowForm({ project, workflow, saved, cancel }: WorkflowFormProps) {
  const create = useCommand(createWorkflow, [listWorkflows, getProject, getOverview, listComponents]);
  const update = useCommand(updateWorkflow, [listWorkflows, getWorkflow, listComponents]);
  const components = useEndpointPages(listComponents, { params: { project: project.id }, query: { limit: 200 } });
  const [problem, setProblem] = useState<ShownProblem>();
  const form = useForm<Values>({
    initialValues: {
      name: workflow?.name ?? '',
      description: workflow?.description ?? '',
      source: workflow?.source.kind ?? 'upload',
      folder: workflow?.source.kind === 'folder' ? workflow.source.folder : null,
      steps: workflow?.steps.map((step) => step.component.id) ?? [null],
    },
    validate: (values) => ({
      name: values.name.trim() === '' ? 'Enter a name.' : null,
      description: values.description.length > 4000 ? 'At most 4,000 characters.' : null,
      folder: values.source === 'folder' && !values.folder ? 'Choose a folder.' : null,
      ...Object.fromEntries(
        values.steps.flatMap((step, index) => (step === null ? [[`steps.${index}`, 'Choose a component.'] as const] : [])),
      ),
    }),
  });
  const warning = useUnsavedWarning(form.isDirty());

  async function submit(values: Values) {
    setProblem(undefined);
    const body = {
      name: values.name.trim(),
      description: values.description,
      source: values.source === 'folder' ? { kind: 'folder' as const, folder: values.folder ?? '' } : { kind: 'upload' as const },
      steps: values.steps.flatMap((componentId) => (componentId === null ? [] : [{ componentId }])),
    };
    try {
      const answer =
        workflow === undefined
          ? await create.mutateAsync({ body: { projectId: project.id, ...body } })
          : await update.mutateAsync({ params: { workflow: workflow.id }, body });
      warning.allow();
      saved(answer);
    } catch (error) {
      if (problemOf(error).code === 'name_taken') form.setFieldError('name', 'Another workflow of the project has this name.');
      else setProblem(spreadProblem(error, ['name', 'description', 'folder', 'source'], form.setFieldError));
    }
  }

  return (
    <CheckedForm form={form} submit={submit}>
      <Stack maw={720} gap="md">
        <TextInput label="Name" required maxLength={120} autoComplete="off" {...form.getInputProps('name')} />
        <Textarea label="Description" autosize minRows={1} maxRows={5} {...form.getInputProps('description')} />
        <Panel title="Source">
          <Radio.Group aria-label="Source" {...form.getInputProps('source')}>
            <Stack gap="xs">
              <Radio value="upload" label="Uploaded files" description="You choose the documents each time the workflow runs." />
              <Radio
                value="folder"
                label="A folder on the server"
                description="Every file in a folder that the operator allowed for this organization."
              />
            </Stack>
          </Radio.Group>
          {form.values.source === 'folder' ? <FolderChoice input={form.getInputProps('folder')} /> : null}
        </Panel>
        <Panel title="Steps">
          <Steps form={form} project={project} components={components.items} loading={components.isPending} error={components.isError} />
        </Panel>
        <FormProblem problem={problem} />
        <FormFooter>
          <Button
            variant="default"
            onClick={() => {
              warning.allow();
              cancel();
            }}
          >
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending || update.isPending}>
            {workflow === undefined ? 'Create' : 'Save'}
          </Button>
        </FormFooter>
      </Stack>
      {warning.dialog}
    </CheckedForm>
  );
}

function FolderChoice({ input }: { input: { value?: string | null; onChange: (folder: string | null) => void; error?: string } }) {
  const folders = useEndpoint(listSourceFolders);
  const names = folders.data?.items.map((folder) => folder.name) ?? [];
  if (folders.isSuccess && names.length === 0) {
    return (
      <Stack mt="sm" gap={4}>
        <Notice tone="warn">
          The operator has not allowed any folder for this organization. It is done where Holdfast runs, with HOLDFAST_SOURCE_FOLDERS, for
          example <span className="mono">acme:invoices=/srv/invoices</span>.
        </Notice>
        {input.error === undefined ? null : <Input.Error>{input.error}</Input.Error>}
      </Stack>
    );
  }
  const away = folders.data?.items.some((folder) => folder.name === input.value && !folder.available) ?? false;
  return (
    <Stack mt="sm" gap="xs">
      <Select label="Folder" placeholder="Choose a folder" data={names} searchable required disabled={folders.isPending} {...input} />
      {away ? (
        <Notice tone="warn">
          No node that runs now has the folder “{input.value}”. Runs wait until the operator starts a data plane that has it.
        </Notice>
      ) : null}
    </Stack>
  );
}

interface StepsProps {
  form: Pick<
    UseFormReturnType<Values>,
    'values' | 'errors' | 'setFieldValue' | 'clearFieldError' | 'insertListItem' | 'removeListItem' | 'reorderListItem'
  >;
  project: Project;
  components: readonly Component[];
  loading: boolean;
  error: boolean;
}

function Steps({ form, project, components, loading, error }: StepsProps) {
  const organization = useOrganization();
  if (!loading && !error && components.length === 0) {
    return (
      <Notice tone="warn">
        The project has no component yet, and a workflow needs one to publish with.{' '}
        <TextLink
          size="sm"
          inherit
          to="/organizations/$organization/projects/$project/components/$component"
          params={{ organization: organization.slug, project: project.id, component: 'new' }}
        >
          Make a component
        </TextLink>
      </Notice>
    );
  }
  const choices = components.map((component) => ({
    value: component.id,
    label: component.broken === null ? component.name : `${component.name} (broken)`,
  }));
  const { steps } = form.values;
  return (
    <Stack gap="sm">
      {steps.map((step, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place in the order
        <Group key={index} gap="xs" align="flex-end" wrap="nowrap">
          <Select
            flex={1}
            label={steps.length === 1 ? 'Publish with' : `Step ${index + 1}: publish with`}
            placeholder="Choose a component"
            data={choices}
            value={step}
            onChange={(componentId) => {
              form.setFieldValue(`steps.${index}`, componentId);
              form.clearFieldError(`steps.${index}`);
            }}
            error={form.errors[`steps.${index}`]}
            searchable
            required
            disabled={loading}
          />
          {index > 0 ? (
            <ActionIcon
              variant="default"
              size={36}
              aria-label={`Move step ${index + 1} up`}
              onClick={() => form.reorderListItem('steps', { from: index, to: index - 1 })}
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
        </Group>
      ))}
      {steps.length < STEPS_MAXIMUM ? (
        <div>
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<PlusIcon size={14} />}
            onClick={() => form.insertListItem('steps', null)}
          >
            Publish to another place too
          </Button>
        </div>
      ) : null}
    </Stack>
  );
}
