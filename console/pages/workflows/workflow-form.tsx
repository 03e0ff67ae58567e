import {
  type Component,
  createWorkflow,
  getOverview,
  getProject,
  getWorkflow,
  listComponents,
  listComponentTypes,
  listWorkflows,
  type Project,
  updateWorkflow,
  type Workflow,
} from '@holdfast/api';
import { Button, Stack, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useRef, useState } from 'react';
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
import { SourceFields } from './source-fields.tsx';
import { newStep, StepFields } from './step-fields.tsx';
import { isDifferent, WorkflowConflict } from './workflow-conflict.tsx';
import { faultsOf, formFieldOf } from './workflow-faults.ts';
import { bodyOf, valuesOf, type WorkflowValues } from './workflow-values.ts';

interface WorkflowFormProps {
  project: Project;
  /** `undefined` for a new one. */
  workflow: Workflow | undefined;
  saved: (workflow: Workflow) => void;
  /** Reads the workflow once more, and hands the latest in. */
  readAgain: () => Promise<unknown>;
  cancel: () => void;
}

/** Where the documents come from, and through which components they go. */
export function WorkflowForm({ project, workflow: latest, saved, readAgain, cancel }: WorkflowFormProps) {
  const organization = useOrganization();
  const create = useCommand(createWorkflow, [listWorkflows, getProject, getOverview, listComponents]);
  const update = useCommand(updateWorkflow, [listWorkflows, getWorkflow, listComponents]);
  const components = useEndpointPages(listComponents, { params: { project: project.id }, query: { limit: 200 } });
  const types = useEndpoint(listComponentTypes, undefined, { staleTime: 300_000 });
  const roleOf = (component: Pick<Component, 'type'>) => types.data?.items.find(({ type }) => type === component.type)?.role;
  /** Whether the submit under way came from “Save draft”. */
  const draft = useRef(false);
  const [problem, setProblem] = useState<ShownProblem>();
  /** What the form was filled from, or what its reader has seen since. */
  const [workflow, setBase] = useState(latest);
  /** What stood in the form before somebody else's was loaded. */
  const [mine, setMine] = useState<WorkflowValues>();
  const form = useForm<WorkflowValues>({
    initialValues: valuesOf(workflow, newStep()),
    validate: faultsOf,
  });
  const inConflict =
    workflow !== undefined && latest !== undefined && latest.revision > workflow.revision && isDifferent(workflow, latest)
      ? { base: workflow, now: latest }
      : undefined;
  const warning = useUnsavedWarning(form.isDirty());

  function fill(values: WorkflowValues) {
    form.setInitialValues(values);
    form.setValues(values);
    form.clearErrors();
  }

  async function submit(values: WorkflowValues) {
    const publish = !draft.current;
    draft.current = false;
    setProblem(undefined);
    const body = { ...bodyOf(values, components.items), publish };
    try {
      const answer =
        workflow === undefined
          ? await create.mutateAsync({ body: { projectId: project.id, ...body } })
          : await update.mutateAsync({
              params: { workflow: workflow.id },
              body,
              // A change of limits is nothing that the form would undo.
              headers: {
                'if-match': String(inConflict === undefined ? Math.max(workflow.revision, latest?.revision ?? 0) : workflow.revision),
              },
            });
      warning.allow();
      saved(answer);
    } catch (error) {
      if (problemOf(error).code === 'precondition_failed') {
        // What they have saved is shown above, as soon as it is read.
        await readAgain();
      } else if (problemOf(error).code === 'name_taken') form.setFieldError('name', 'Another workflow of the project has this name.');
      else {
        const shown = [...problemOf(error).fields.keys()].filter((field) => formFieldOf(field, values) !== undefined);
        setProblem(spreadProblem(error, shown, (field, words) => form.setFieldError(formFieldOf(field, values) ?? field, words)));
      }
    }
  }

  return (
    <CheckedForm
      form={form}
      submit={submit}
      refused={() => {
        draft.current = false;
      }}
    >
      <Stack maw={720} gap="md">
        <TextInput label="Name" required maxLength={120} autoComplete="off" {...form.getInputProps('name')} />
        <Textarea label="Description" autosize minRows={1} maxRows={5} {...form.getInputProps('description')} />
        <Panel title={form.values.sources.length === 1 ? 'Source' : 'Sources'}>
          <SourceFields
            form={form}
            project={project}
            components={components.items}
            roleOf={roleOf}
            loading={components.isPending || types.isPending}
          />
        </Panel>
        <Panel
          title="Steps"
          actions={
            <TextLink
              size="sm"
              target="_blank"
              to="/organizations/$organization/documentation/$guide"
              params={{ organization: organization.slug, guide: 'workflows' }}
            >
              Conditions and mappings in CEL
            </TextLink>
          }
        >
          <StepFields
            form={form}
            project={project}
            components={components.items}
            roleOf={roleOf}
            loading={components.isPending || types.isPending}
            error={components.isError || types.isError}
          />
        </Panel>
        {workflow === undefined ? null : (
          <TextInput
            label="What is new"
            description="For the list of versions."
            maxLength={500}
            autoComplete="off"
            {...form.getInputProps('note')}
          />
        )}
        <FormProblem problem={problem} />
        {inConflict === undefined ? null : (
          <WorkflowConflict
            key={inConflict.now.revision}
            {...inConflict}
            values={form.values}
            components={components.items}
            loadTheirs={() => {
              setMine(form.getValues());
              setBase(inConflict.now);
              fill(valuesOf(inConflict.now, newStep()));
            }}
            keepMine={() => setBase(inConflict.now)}
          />
        )}
        {mine === undefined || inConflict !== undefined ? null : (
          <Notice tone="quiet">
            This is what {workflow?.updatedBy?.name ?? 'somebody else'} saved.{' '}
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => {
                form.setValues(mine);
                setMine(undefined);
              }}
            >
              Back to mine
            </Button>
          </Notice>
        )}
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
          <Button
            variant="default"
            disabled={create.isPending || update.isPending}
            onClick={({ currentTarget }) => {
              draft.current = true;
              currentTarget.form?.requestSubmit();
            }}
          >
            Save draft
          </Button>
          <Button type="submit" loading={create.isPending || update.isPending}>
            {workflow === undefined ? 'Create' : 'Save and publish'}
          </Button>
        </FormFooter>
      </Stack>
      {warning.dialog}
    </CheckedForm>
  );
}
