import { createProject, getOverview, getProject, listProjects, type Project, updateProject } from '@holdfast/api';
import { Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { problemOf, type ShownProblem, spreadProblem } from '../../api/problem.ts';
import { CheckedForm } from '../../forms/checked-form.tsx';
import { DialogEnd } from '../../ui/dialog-end.tsx';
import { FormDialog, useFilled } from '../../ui/form-dialog.tsx';

interface ProjectDialogProps {
  opened: boolean;
  close: () => void;
  /** Left out for a new one. */
  project?: Project;
  saved: (project: Project) => void;
}

/** Names and describes a project. */
export function ProjectDialog({ opened, close, project, saved }: ProjectDialogProps) {
  return (
    <FormDialog opened={opened} close={close} title={project === undefined ? 'New project' : 'Rename or describe'}>
      {(done) => <ProjectForm close={done} project={project} saved={saved} />}
    </FormDialog>
  );
}

function ProjectForm({ close, project, saved }: { close: () => boolean; project: Project | undefined; saved: (project: Project) => void }) {
  const create = useCommand(createProject, [listProjects, getOverview]);
  const update = useCommand(updateProject, [listProjects, getProject]);
  const [problem, setProblem] = useState<ShownProblem>();
  const form = useForm({
    initialValues: { name: project?.name ?? '', description: project?.description ?? '' },
    validate: {
      name: (name) => (name.trim() === '' ? 'Enter a name.' : null),
      description: (description) => (description.length > 4000 ? 'At most 4,000 characters.' : null),
    },
  });

  useFilled(form.isDirty());

  async function submit(body: { name: string; description: string }) {
    setProblem(undefined);
    // What was not typed here may have been changed by somebody else since.
    const changes = {
      ...(form.isDirty('name') && { name: body.name }),
      ...(form.isDirty('description') && { description: body.description }),
    };
    if (project !== undefined && Object.keys(changes).length === 0) return void close();
    try {
      const answer =
        project === undefined
          ? await create.mutateAsync({ body })
          : await update.mutateAsync({ params: { project: project.id }, body: changes });
      if (close()) saved(answer);
    } catch (error) {
      if (problemOf(error).code === 'name_taken') form.setFieldError('name', 'Another project has this name.');
      else setProblem(spreadProblem(error, ['name', 'description'], form.setFieldError));
    }
  }

  return (
    <CheckedForm form={form} submit={submit}>
      <TextInput label="Name" required maxLength={120} data-autofocus autoComplete="off" {...form.getInputProps('name')} />
      <Textarea label="Description" mt="sm" autosize minRows={2} maxRows={6} {...form.getInputProps('description')} />
      <DialogEnd problem={problem} close={close} loading={create.isPending || update.isPending}>
        {project === undefined ? 'Create' : 'Save'}
      </DialogEnd>
    </CheckedForm>
  );
}
