import { AlertIcon } from '@primer/octicons-react';
import { useOrganization } from '../api/organization.ts';
import { KeepOrganization } from '../pages/settings/delete-organization.tsx';
import { exactTime } from './exact-time.ts';
import { Notice } from './notice.tsx';
import classes from './record-banner.module.css';
import { RelativeTime } from './relative-time.tsx';

/** Above every page for every member, while the organization is to be deleted. */
export function DeletionBanner() {
  const { deletesAt, may, name } = useOrganization();
  if (deletesAt === null) return null;
  return (
    <section className={classes.banner} aria-label="Deletion of the organization">
      <Notice tone="bad" icon={<AlertIcon size={16} />}>
        <strong>
          {name} is to be deleted <RelativeTime time={deletesAt} />, on {exactTime(deletesAt)}.
        </strong>{' '}
        Until then everything goes on. {may('organization:delete') ? <KeepOrganization /> : 'An owner can keep it.'}
      </Notice>
    </section>
  );
}
