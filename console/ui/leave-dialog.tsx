import { getSession, leaveOrganization, type Role } from '@holdfast/api';
import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { client } from '../api/client.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { notifyDone } from './notify.ts';

interface LeaveDialogProps {
  organization: { slug: string; name: string; role: Role } | undefined;
  close: () => void;
  /** Once it is left, before anything is read again. */
  left: () => void | Promise<void>;
}

/** Asks before somebody leaves an organization, and says what they can no longer do. */
export function LeaveDialog({ organization, close, left }: LeaveDialogProps) {
  const queries = useQueryClient();
  const { name = '', slug = '' } = organization ?? {};
  return (
    <ConfirmDialog
      opened={organization !== undefined}
      close={close}
      title={`Leave ${name}`}
      confirmLabel="Leave"
      confirm={async () => {
        await client.call(leaveOrganization, { params: { organization: slug }, body: { confirm: slug } });
        notifyDone(`You have left ${name}.`);
        await left();
        await queries.invalidateQueries({ queryKey: [getSession.id] });
      }}
    >
      <Text size="sm">
        You can see and do nothing in {name} from the next request on, and your tokens there are revoked. What you made stays, and the audit
        record keeps your name. To come back you need a new invitation.
      </Text>
    </ConfirmDialog>
  );
}
