import type { Component, ComponentType, Project, WrittenWorkflow } from '@holdfast/api';
import type { FileFault, WorkflowFile } from '@holdfast/workflow/file';
import type { UseFormReturnType } from '@mantine/form';
import { useEffect, useRef, useState } from 'react';
import { notifyProblem } from '../../../ui/notify.ts';
import type { WorkflowValues } from '../workflow-values.ts';
import { fileOfValues, valuesOfFile } from './file-values.ts';
import { loadYaml, type YamlPart } from './load-yaml.ts';

interface Options {
  readonly form: UseFormReturnType<WorkflowValues>;
  readonly project: Project;
  /** What the form was filled from. */
  readonly workflow: WrittenWorkflow | undefined;
  readonly components: readonly Component[];
  readonly roleOf: (component: Component) => ComponentType['role'] | undefined;
  readonly folders: readonly string[] | undefined;
}

/** What is wrong is shown when typing pauses this long. */
const PAUSE_MILLISECONDS = 500;

/**
 * The YAML of what stands in the form. The form has what the text says as soon as the text has no fault; what
 * the form changes is written into the text, whose comments stay.
 */
export function useWorkflowYaml({ form, project, workflow, components, roleOf, folders }: Options) {
  const part = useRef<YamlPart>(undefined);
  const [text, showText] = useState<string>();
  /** The same, also for who has awaited something since it was drawn. */
  const latest = useRef<string>(undefined);
  /** As it was when nothing had been typed. */
  const [untouched, setUntouched] = useState<string>();
  const [faults, setFaults] = useState<readonly FileFault[]>([]);
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(pause.current), []);
  const typed = text !== undefined && text !== untouched;

  function setText(next: string) {
    latest.current = next;
    showText(next);
  }

  function written(values: WorkflowValues, over: string | null | undefined, saved = workflow): string {
    return part.current?.writeWorkflowFile(fileOfValues(values, { project, components, roleOf }, saved), over ?? undefined) ?? '';
  }

  /** What the text says, and what is wrong with it. */
  function read(of: string): { faults: readonly FileFault[]; placeOf: (field: string) => { line: number; column: number } } {
    const { readWorkflowFile, faultsOfNames } = part.current as YamlPart;
    const { file, faults: found, placeOf } = readWorkflowFile(of);
    if (file === undefined) return { faults: found, placeOf };
    const fail = (field: string, detail: string) => ({ ...placeOf(field), field, detail });
    const known = { components: components.map(({ name, ...each }) => ({ name, role: roleOf({ name, ...each }) })), folders };
    const others = [
      ...(file.project === project.name ? [] : [fail('project', `Here it is in the project “${project.name}”: write that.`)]),
      ...(file.revision === undefined || file.revision === workflow?.revision
        ? []
        : [
            fail(
              'revision',
              workflow === undefined
                ? 'A workflow that is made now has no revision: remove the line.'
                : `The text was written from revision ${file.revision}, and the workflow is at ${workflow.revision}. Take over what others changed, then remove the line.`,
            ),
          ]),
      ...faultsOfNames(file, known).map(({ field, detail }) => fail(field, detail)),
    ];
    if (others.length > 0) return { faults: others, placeOf };
    const values = form.getValues();
    const now = fileOfValues(values, { project, components, roleOf }, workflow);
    const said = valuesOfFile(file, values, components);
    // What says the same stays the same, with its keys.
    if (definitionOf(file) !== definitionOf(now)) form.setValues(said);
    else form.setFieldValue('settings', said.settings);
    return { faults: [], placeOf };
  }

  return {
    text,
    faults,
    typed,
    /** Writes what stands in the form into the text. Answers whether the YAML can be shown. */
    async open(): Promise<boolean> {
      try {
        part.current ??= await loadYaml();
      } catch (error) {
        notifyProblem(error);
        return false;
      }
      const next = written(form.getValues(), text ?? workflow?.yaml);
      if (!typed) setUntouched(next);
      setText(next);
      setFaults([]);
      return true;
    },
    change(next: string) {
      setText(next);
      const found = read(next).faults;
      clearTimeout(pause.current);
      // What was corrected goes at once; what is half typed is not faulted yet.
      if (found.length === 0) setFaults([]);
      else pause.current = setTimeout(setFaults, PAUSE_MILLISECONDS, found);
    },
    /** Shows what is wrong; `true` when nothing is. */
    check(): readonly FileFault[] {
      if (text === undefined) return [];
      clearTimeout(pause.current);
      const found = read(text).faults;
      setFaults(found);
      return found;
    },
    /** Shows what the server found, by field. Answers what has a place in the text. */
    refuse(fields: ReadonlyMap<string, string>): readonly FileFault[] {
      if (text === undefined) return [];
      const { placeOf } = read(text);
      const found = [...fields].map(([named, detail]) => {
        const field = named.replace(/\.componentId$/, '.component');
        return { ...placeOf(field === 'yaml' ? '' : field), field, detail };
      });
      setFaults(found);
      return found;
    },
    /** The text to keep with the workflow; `undefined`: nobody has changed it. */
    toSave(values: WorkflowValues, shown: boolean): string | undefined {
      if (!typed || part.current === undefined) return undefined;
      return part.current.withoutRevision(shown ? text : written(values, text));
    },
    now: () => latest.current,
    /** What stood here is saved: what differs from it has been typed since. */
    saved(sent: string | undefined) {
      setUntouched(sent);
    },
    /** Somebody else's is loaded, or one's own again. */
    fill(values: WorkflowValues, from: WrittenWorkflow | undefined, own?: string) {
      if (part.current === undefined) return;
      const next = written(values, from?.yaml, from);
      setUntouched(next);
      setText(own ?? next);
      setFaults([]);
    },
    /** For a file: with the revision that it was written from, when that says something. */
    toDownload(): string {
      if (text === undefined || part.current === undefined) return '';
      const { file } = part.current.readWorkflowFile(text);
      if (file === undefined || workflow === undefined) return text;
      return part.current.writeWorkflowFile({ ...file, revision: workflow.revision }, text);
    },
  };
}

/** Without the settings, which hold at once. */
function definitionOf(file: WorkflowFile): string {
  return JSON.stringify({ ...file, revision: undefined, maximumRuns: undefined, kept: undefined });
}
