import { endOtherSessions, endSession, listSessions } from '@holdfast/api';
import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useCommand, useEndpoint } from '../../api/endpoint-hooks.ts';
import { ActButton } from '../../ui/act-button.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { notifyDone, notifyProblem } from '../../ui/notify.ts';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Tag } from '../../ui/tag.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { deviceWords } from './device-words.ts';

export function Sessions() {
  const sessions = useEndpoint(listSessions);
  const end = useCommand(endSession, [listSessions]);
  const endOthers = useCommand(endOtherSessions, [listSessions]);
  const [asking, setAsking] = useState(false);
  const others = (sessions.data?.items ?? []).filter(({ current }) => !current).length;
  return (
    <>
      <WhenRead what="Your sessions" of={sessions}>
        <DataTable
          label="Sessions"
          rows={sessions.data?.items ?? []}
          rowKey={(session) => session.id}
          loading={sessions.isPending}
          columns={[
            {
              key: 'device',
              header: 'Device',
              cell: (session) => (
                <span title={session.userAgent ?? undefined}>
                  {deviceWords(session.userAgent)} {session.current ? <Tag tone="accent">this one</Tag> : null}
                </span>
              ),
            },
            { key: 'address', header: 'Address', cell: (session) => <span className="mono">{session.address ?? '–'}</span> },
            { key: 'seen', header: 'Last seen', cell: (session) => <RelativeTime time={session.lastSeenAt} /> },
            { key: 'made', header: 'Signed in', cell: (session) => <RelativeTime time={session.createdAt} /> },
            {
              key: 'actions',
              header: 'Actions',
              quiet: true,
              align: 'right',
              cell: (session) =>
                session.current ? null : (
                  <ActButton
                    variant="default"
                    size="compact-sm"
                    fw={500}
                    aria-label={`Sign out ${deviceWords(session.userAgent)} at ${session.address ?? 'an unknown address'}`}
                    act={() =>
                      end
                        .mutateAsync({ params: { session: session.id } })
                        .then(() => notifyDone(`${deviceWords(session.userAgent)} is signed out.`), notifyProblem)
                    }
                  >
                    Sign out
                  </ActButton>
                ),
            },
          ]}
        />
      </WhenRead>
      {others === 0 ? null : (
        <Button variant="default" mt="sm" onClick={() => setAsking(true)}>
          Sign out everywhere else
        </Button>
      )}
      <ConfirmDialog
        opened={asking}
        close={() => setAsking(false)}
        title="Sign out everywhere else"
        confirmLabel="Sign out"
        confirm={async () => {
          const { sessionsEnded } = await endOthers.mutateAsync({});
          notifyDone(sessionsEnded === 1 ? '1 session ended.' : `${sessionsEnded} sessions ended.`);
        }}
      >
        <Text size="sm">
          {others === 1 ? 'One other session ends' : `${others} other sessions end`} at once. Your tokens stay. If somebody else may know
          your password, change it instead: that ends them too.
        </Text>
      </ConfirmDialog>
    </>
  );
}
