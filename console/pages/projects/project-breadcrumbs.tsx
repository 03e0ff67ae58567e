import { useOrganization } from '../../api/organization.ts';
import { TextLink } from '../../ui/links.tsx';

/** Projects / the project: the way back from what is in it. */
export function ProjectBreadcrumbs({ project }: { project: { id: string; name: string } | undefined }) {
  const organization = useOrganization();
  return (
    <>
      <TextLink size="sm" to="/organizations/$organization/projects" params={{ organization: organization.slug }}>
        Projects
      </TextLink>
      {project === undefined ? null : (
        <>
          <span aria-hidden>/</span>
          <TextLink
            size="sm"
            to="/organizations/$organization/projects/$project"
            params={{ organization: organization.slug, project: project.id }}
          >
            {project.name}
          </TextLink>
        </>
      )}
    </>
  );
}
