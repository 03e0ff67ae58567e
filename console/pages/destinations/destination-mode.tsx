import { type Answer, type listDestinations, setDestinationMode } from '@holdfast/api';
import { Button, Text } from '@mantine/core';
import { EyeIcon, ShieldCheckIcon } from '@primer/octicons-react';
import { useState } from 'react';
import { useCommand } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Notice } from '../../ui/notice.tsx';
import { notifyDone } from '../../ui/notify.ts';
import { DECISION_CHANGES } from './decision-changes.ts';
import classes from './destinations-page.module.css';

type Facts = Pick<Answer<typeof listDestinations>, 'mode' | 'counts'>;

/** Whether what nobody has approved is refused, or only recorded. */
export function DestinationMode({ mode, counts }: Facts) {
  const { may } = useOrganization();
  const set = useCommand(setDestinationMode, DECISION_CHANGES);
  const [changing, setChanging] = useState(false);
  const next = mode === 'enforce' ? 'observe' : 'enforce';
  const open = counts.refusedByEnforce;
  const refused = open === 1 ? 'One destination' : `${open.toLocaleString()} destinations`;
  return (
    <div className={classes.mode}>
      <Notice
        tone={mode === 'enforce' ? 'accent' : 'warn'}
        icon={mode === 'enforce' ? <ShieldCheckIcon size={16} /> : <EyeIcon size={16} />}
      >
        <div className={classes.modeWords}>
          <div>
            <b>{mode === 'enforce' ? 'Enforced.' : 'Observed only.'}</b>{' '}
            {mode === 'enforce'
              ? 'A use is refused when its destination is neither sealed with the value, named by it, nor approved.'
              : `A use goes on to a destination that nobody has approved, and is recorded. ${open === 0 ? 'Nothing' : refused} would be refused if it were enforced.`}
          </div>
          {may('destinations:write') ? (
            <Button size="compact-sm" variant="default" onClick={() => setChanging(true)}>
              {next === 'enforce' ? 'Enforce' : 'Only observe'}
            </Button>
          ) : null}
        </div>
      </Notice>
      <ConfirmDialog
        opened={changing}
        close={() => setChanging(false)}
        title={next === 'enforce' ? 'Enforce destinations?' : 'Only observe destinations?'}
        confirmLabel={next === 'enforce' ? 'Enforce' : 'Only observe'}
        danger={next === 'observe'}
        confirm={async () => {
          await set.mutateAsync({ body: { mode: next } });
          notifyDone(next === 'enforce' ? 'Destinations are enforced.' : 'Destinations are only observed.');
        }}
      >
        <Text size="sm">
          {next === 'enforce'
            ? `From the next use on, a value goes to no destination that nobody has approved. ${open === 0 ? 'Nothing that is configured now is refused by that.' : `${refused} that components use now ${open === 1 ? 'is' : 'are'} refused then, unless you approve ${open === 1 ? 'it' : 'them'} first.`}`
            : 'From the next use on, values go to destinations that nobody has approved, except where others are sealed with the value or written in the secret’s details. Each such use is recorded, and stands here under Waiting.'}
        </Text>
      </ConfirmDialog>
    </div>
  );
}
