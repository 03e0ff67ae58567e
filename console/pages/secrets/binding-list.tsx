import type { Binding } from '@holdfast/api';
import { Text } from '@mantine/core';
import { useOrganization } from '../../api/organization.ts';
import { TextLink } from '../../ui/links.tsx';
import { Tag } from '../../ui/tag.tsx';
import classes from './binding-list.module.css';

/** Where a secret is used: project, component and option, with the workflows that would feel it. */
export function BindingList({ bindings, total }: { bindings: readonly Binding[]; total: number }) {
  const { slug } = useOrganization();
  return (
    <>
      <ul className={classes.list}>
        {bindings.map((binding) => (
          <li key={binding.id}>
            <Consumer slug={slug} binding={binding} />{' '}
            <Text span c="dimmed" size="sm">
              {binding.option} · {binding.project.name}
            </Text>{' '}
            {binding.broken ? <Tag tone="bad">broken</Tag> : null}
            <Text size="sm" c="dimmed">
              {binding.workflows.length === 0
                ? 'In no workflow yet'
                : `In ${binding.workflows.length === 1 ? 'workflow' : 'workflows'} ${binding.workflows.map((workflow) => workflow.name).join(', ')}`}
            </Text>
          </li>
        ))}
      </ul>
      {total > bindings.length ? (
        <Text size="sm" c="dimmed" mt={4}>
          and {(total - bindings.length).toLocaleString()} more
        </Text>
      ) : null}
    </>
  );
}

/** A trigger stands on the page of its workflow. */
function Consumer({ slug, binding }: { slug: string; binding: Binding }) {
  const { project, component, trigger, workflows } = binding;
  if (component !== null) {
    return (
      <TextLink
        to="/organizations/$organization/projects/$project/components/$component"
        params={{ organization: slug, project: project.id, component: component.id }}
        fw={600}
      >
        {component.name}
      </TextLink>
    );
  }
  return (
    <TextLink
      to="/organizations/$organization/projects/$project/workflows/$workflow"
      params={{ organization: slug, project: project.id, workflow: workflows[0]?.id ?? '' }}
      fw={600}
    >
      {trigger?.name} (trigger)
    </TextLink>
  );
}
