import type { Workflow } from '@holdfast/api';
import { ArrowRightIcon, FileDirectoryIcon, PlugIcon, UploadIcon } from '@primer/octicons-react';
import { useOrganization } from '../../api/organization.ts';
import { TextLink } from '../../ui/links.tsx';
import { Tag } from '../../ui/tag.tsx';
import classes from './steps-picture.module.css';

/** The way of a document: source → step → step. */
export function StepsPicture({ workflow }: { workflow: Workflow }) {
  const organization = useOrganization();
  const { source } = workflow;
  return (
    <ol className={classes.steps} aria-label="The way of a document">
      <li className={classes.step}>
        <span className={classes.icon} aria-hidden>
          {source.kind === 'upload' ? <UploadIcon size={18} /> : <FileDirectoryIcon size={18} />}
        </span>
        <span>
          <span className={classes.what}>Source</span>
          {source.kind === 'upload' ? 'Uploaded files' : source.folder}
        </span>
      </li>
      {workflow.steps.map((step) => (
        <li key={step.id} className={classes.next}>
          <ArrowRightIcon size={18} className={classes.arrow} />
          <div className={classes.step} data-broken={step.component.broken}>
            <span className={classes.icon} aria-hidden>
              <PlugIcon size={18} />
            </span>
            <span>
              <span className={classes.what}>Publish</span>
              {organization.may('components:read') ? (
                <TextLink
                  to="/organizations/$organization/projects/$project/components/$component"
                  params={{ organization: organization.slug, project: workflow.project.id, component: step.component.id }}
                >
                  {step.component.name}
                </TextLink>
              ) : (
                step.component.name
              )}{' '}
              {step.component.broken ? <Tag tone="bad">broken</Tag> : null}
            </span>
          </div>
        </li>
      ))}
    </ol>
  );
}
