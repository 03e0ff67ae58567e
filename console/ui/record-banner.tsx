import { AlertIcon } from '@primer/octicons-react';
import { useLocation } from '@tanstack/react-router';
import { useOrganization } from '../api/organization.ts';
import { useRecordState } from '../api/record-state.ts';
import { TextLink } from './links.tsx';
import { Notice } from './notice.tsx';
import classes from './record-banner.module.css';

/**
 * Above every page for owners and admins, when the audit record does not verify. The Audit page says more
 * itself.
 */
export function RecordBanner() {
  const { slug, may } = useOrganization();
  const location = useLocation();
  const state = useRecordState(may('audit:read'));
  if (!state.data?.stopped || /\/audit\/?$/.test(location.pathname)) return null;
  return (
    <div className={classes.banner} role="alert">
      <Notice tone="bad" icon={<AlertIcon size={16} />}>
        <strong>The audit record of this organization does not verify: uses of its secrets are stopped.</strong> {state.data.stopped.reason}{' '}
        <TextLink
          to="/organizations/$organization/audit"
          params={{ organization: slug }}
          c="inherit"
          fz="inherit"
          fw={600}
          td="underline"
          className={classes.link}
        >
          What to do
        </TextLink>
      </Notice>
    </div>
  );
}
