import {
  type Component,
  createWorkflow,
  getOverview,
  getProject,
  getWorkflow,
  listComponents,
  listComponentTypes,
  listSourceFolders,
  listWorkflows,
  listWorkflowVersions,
  type Project,
  updateWorkflow,
  type Workflow,
  type WrittenWorkflow,
} from '@holdfast/api';
import type { FileFault } from '@holdfast/workflow/file';
import { Button, Stack, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useEffect, useRef, useState } from 'react';
import { useCommand, useEndpoint, useEndpointPages } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf, type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { CheckedForm } from '../../forms/checked-form.tsx';
import { Panel } from '../../forms/panel.tsx';
import { ChoiceChips } from '../../ui/choice-chips.tsx';
import { ErrorState, FormProblem } from '../../ui/error-state.tsx';
import { FormFooter } from '../../ui/form-footer.tsx';
import { TextLink } from '../../ui/links.tsx';
import { Notice } from '../../ui/notice.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { useUnsavedWarning } from '../../ui/unsaved-warning.tsx';
import { useSubmission } from '../../ui/use-submission.ts';
import { definitionOfValues } from './definition-of-values.ts';
import { SourceFields } from './source-fields.tsx';
import { newStep, StepFields } from './step-fields.tsx';
import { StepsPicture } from './steps-picture.tsx';
import { isDifferent, WorkflowConflict } from './workflow-conflict.tsx';
import { faultsOf, formFieldOf } from './workflow-faults.ts';
import { bodyOf, valuesOf, type WorkflowValues } from './workflow-values.ts';
import { useWorkflowYaml } from './yaml/use-workflow-yaml.ts';
import { YamlPanel } from './yaml/yaml-panel.tsx';
import { goTo } from './yaml/yaml-text.tsx';

export type EditedAs = 'form' | 'yaml' | 'picture';

interface WorkflowFormProps {
  project: Project;
  /** `undefined` for a new one. */
  workflow: WrittenWorkflow | undefined;
  /** How it is shown first. */
  shownAs: EditedAs;
  saved: (workflow: Workflow) => void;
  /** Reads the workflow once more, and hands the latest in; answers with it, as far as it is known. */
  readAgain: () => Promise<WrittenWorkflow | undefined>;
  cancel: () => void;
}

const HINT =
  'Comments are kept. Components are named, and hold the secrets. Tab leaves the text, Enter keeps the indentation, Ctrl+S (⌘S) saves the draft.';

/** Where the documents come from, and through which components they go. */
export function WorkflowForm({ project, workflow: latest, shownAs, saved, readAgain, cancel }: WorkflowFormProps) {
  const organization = useOrganization();
  const create = useCommand(createWorkflow, [listWorkflows, getProject, getOverview, listComponents]);
  const update = useCommand(updateWorkflow, [listWorkflows, listWorkflowVersions, getWorkflow, listComponents]);
  const saving = useSubmission();
  const isSaving = saving.busy;
  const components = useEndpointPages(listComponents, { params: { project: project.id }, query: { limit: 200 } });
  const types = useEndpoint(listComponentTypes, undefined, { staleTime: 300_000 });
  const roleOf = (component: Pick<Component, 'type'>) => types.data?.items.find(({ type }) => type === component.type)?.role;
  /** Whether the submit under way came from “Save draft”. */
  const draft = useRef(false);
  const [problem, setProblem] = useState<ShownProblem>();
  /** What the server found in the text: it is gone to when the fields can be reached again. */
  const [refused, setRefused] = useState<FileFault>();
  /** What the form was filled from, or what its reader has seen since. */
  const [workflow, setBase] = useState(latest);
  /** What stood in the form before somebody else's was loaded. */
  const [mine, setMine] = useState<{ readonly values: WorkflowValues; readonly text: string | undefined }>();
  const [view, setView] = useState<EditedAs>('form');
  const element = useRef<HTMLFormElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const folders = useEndpoint(listSourceFolders, undefined, { enabled: view === 'yaml' });
  const form = useForm<WorkflowValues>({
    initialValues: valuesOf(workflow, newStep()),
    validate: faultsOf,
  });
  const yaml = useWorkflowYaml({
    form,
    project,
    workflow,
    components: components.items,
    roleOf,
    folders: folders.data?.items.map(({ name }) => name),
  });
  const inConflict =
    // What is being saved here is no change by others.
    !isSaving &&
    workflow !== undefined &&
    latest !== undefined &&
    latest.revision > workflow.revision &&
    isDifferent(workflow, latest, yaml.typed)
      ? { base: workflow, now: latest }
      : undefined;
  const warning = useUnsavedWarning(form.isDirty() || yaml.typed);
  const unread = [components, types].find(({ isError }) => isError);
  const isLoaded = components.isSuccess && !components.hasNextPage && types.isSuccess;
  // The YAML names each of them.
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = components;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, as soon as it can be shown
  useEffect(() => {
    if (isLoaded && shownAs !== 'form') void show(shownAs);
  }, [isLoaded]);
  useEffect(() => {
    const saveDraft = (event: KeyboardEvent) => {
      if (event.key !== 's' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      if (event.repeat || isSaving || document.querySelector('[role=dialog]') !== null) return;
      draft.current = true;
      element.current?.requestSubmit();
    };
    document.addEventListener('keydown', saveDraft);
    return () => document.removeEventListener('keydown', saveDraft);
  }, [isSaving]);

  useEffect(() => {
    if (refused !== undefined) goTo(field.current, refused);
  }, [refused]);

  /** What is half typed as YAML is in no other view: it is corrected first. */
  async function show(next: EditedAs) {
    if (view === 'yaml' && isFaulty()) return;
    if (next !== 'yaml' || (await yaml.open())) setView(next);
  }

  function isFaulty(): boolean {
    const [first] = yaml.check();
    if (first !== undefined) goTo(field.current, first);
    return first !== undefined;
  }

  function fill(values: WorkflowValues) {
    form.setInitialValues(values);
    form.setValues(values);
    form.clearErrors();
  }

  async function submit(values: WorkflowValues) {
    const publish = !draft.current;
    draft.current = false;
    setProblem(undefined);
    if (view === 'yaml' && isFaulty()) return;
    await saving.run(
      async (signal) => {
        const sent = standing();
        const answer = await save(values, publish, signal);
        // Who left the form meanwhile is somewhere else on purpose.
        if (answer === undefined || signal.aborted) return;
        if (isStanding(sent)) {
          warning.allow();
          return saved(answer);
        }
        notifyDone(`${answer.name} is saved, without what you have typed since.`);
        setBase(answer);
        form.resetDirty(sent.values);
        yaml.saved(sent.text);
      },
      (error) => showFailure(error, values),
    );
  }

  /** What stands in the form at this moment. */
  function standing() {
    return { values: form.getValues(), text: yaml.now() };
  }

  /** Whether nothing was typed since. */
  function isStanding(sent: ReturnType<typeof standing>): boolean {
    const { values, text } = standing();
    return text === sent.text && JSON.stringify(values) === JSON.stringify(sent.values);
  }

  /** Answers nothing when somebody has changed what the form shows: that is shown above its buttons. */
  async function save(values: WorkflowValues, publish: boolean, signal: AbortSignal): Promise<WrittenWorkflow | undefined> {
    const text = yaml.toSave(values, view === 'yaml');
    const body = { ...bodyOf(values, components.items), ...(text !== undefined && { yaml: text }), publish };
    const written = (answer: Workflow) => ({ ...answer, yaml: text ?? workflow?.yaml ?? null });
    if (workflow === undefined) return written(await create.mutateAsync({ body: { projectId: project.id, ...body }, signal }));
    const put = async (revision: number) =>
      written(await update.mutateAsync({ params: { workflow: workflow.id }, body, headers: { 'if-match': String(revision) }, signal }));
    // A change of limits is nothing that the form would undo.
    const revision = inConflict === undefined ? Math.max(workflow.revision, latest?.revision ?? 0) : workflow.revision;
    try {
      return await put(revision);
    } catch (error) {
      if (problemOf(error).code !== 'precondition_failed') throw error;
      const now = await readAgain();
      signal.throwIfAborted();
      if (now === undefined || now.revision <= revision) throw error;
      return isDifferent(workflow, now, yaml.typed) ? undefined : await put(now.revision);
    }
  }

  function showFailure(error: unknown, values: WorkflowValues) {
    if (problemOf(error).code === 'precondition_failed') setProblem(problemOf(error));
    else if (view === 'yaml') {
      const { fields, code } = problemOf(error);
      const [first] = yaml.refuse(code === 'name_taken' ? new Map([['name', 'Another workflow of the project has this name.']]) : fields);
      if (first === undefined) setProblem(problemOf(error));
      else setRefused(first);
    } else if (problemOf(error).code === 'name_taken') form.setFieldError('name', 'Another workflow of the project has this name.');
    else {
      const shown = [...problemOf(error).fields.keys()].filter((field) => formFieldOf(field, values) !== undefined);
      setProblem(spreadProblem(error, shown, (field, words) => form.setFieldError(formFieldOf(field, values) ?? field, words)));
    }
  }

  const fields = () => (
    <>
      <TextInput label="Name" required maxLength={120} autoComplete="off" {...form.getInputProps('name')} />
      <Textarea label="Description" autosize minRows={1} maxRows={5} {...form.getInputProps('description')} />
      <Panel title={form.values.sources.length === 1 ? 'Source' : 'Sources'}>
        <SourceFields
          form={form}
          project={project}
          components={components.items}
          roleOf={roleOf}
          loading={components.isPending || types.isPending}
          error={unread !== undefined}
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
          error={unread !== undefined}
        />
      </Panel>
    </>
  );

  return (
    <CheckedForm
      form={form}
      submit={submit}
      refused={() => {
        draft.current = false;
        if (view === 'yaml') isFaulty();
        else setView('form');
      }}
      formRef={element}
    >
      <Stack maw={720} gap="md">
        {/* While it is made: what would be typed would be in nothing that is sent, and gone with the form. */}
        <Stack gap="md" inert={isSaving && workflow === undefined}>
          {/* There from the start: a row that comes later would move a button away while it is pressed. */}
          <ChoiceChips
            label="Edit as"
            choices={[
              { value: 'form', label: 'Form' },
              { value: 'yaml', label: 'YAML' },
              { value: 'picture', label: 'Picture' },
            ]}
            value={view}
            onChange={(next) => void show(next)}
            disabled={!isLoaded}
          />
          {unread === undefined ? null : (
            <ErrorState what="The components" error={unread.error} retry={() => Promise.all([components.refetch(), types.refetch()])} />
          )}
          {view === 'yaml' ? (
            <YamlPanel
              name={form.values.name}
              label="YAML of the workflow"
              hint={HINT}
              text={yaml.text ?? ''}
              change={yaml.change}
              faults={yaml.faults}
              field={field}
              toDownload={yaml.toDownload}
            />
          ) : null}
          {view === 'picture' ? (
            <StepsPicture
              definition={definitionOfValues(form.values, components.items)}
              project={project.id}
              label="Picture of what is edited"
            />
          ) : null}
          {view === 'form' ? fields() : null}
          {workflow === undefined ? null : (
            <TextInput
              label="What is new"
              description="For the list of versions."
              maxLength={500}
              autoComplete="off"
              {...form.getInputProps('note')}
            />
          )}
        </Stack>
        <FormProblem problem={problem} />
        {inConflict === undefined ? null : (
          <WorkflowConflict
            key={inConflict.now.revision}
            {...inConflict}
            values={form.values}
            components={components.items}
            loadTheirs={() => {
              const theirs = valuesOf(inConflict.now, newStep());
              setMine({ values: form.getValues(), text: yaml.typed ? yaml.text : undefined });
              setBase(inConflict.now);
              fill(theirs);
              yaml.fill(theirs, inConflict.now);
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
                form.setValues(mine.values);
                yaml.fill(mine.values, workflow, mine.text);
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
            disabled={isSaving}
            onClick={({ currentTarget }) => {
              draft.current = true;
              currentTarget.form?.requestSubmit();
            }}
          >
            Save draft
          </Button>
          <Button type="submit" loading={isSaving}>
            {workflow === undefined ? 'Create' : 'Save and publish'}
          </Button>
        </FormFooter>
      </Stack>
      {warning.dialog}
    </CheckedForm>
  );
}
