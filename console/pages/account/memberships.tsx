import { type Answer, getSession } from '@holdfast/api';
import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { LeaveDialog } from '../../ui/leave-dialog.tsx';
import { TextLink } from '../../ui/links.tsx';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { WhenRead } from '../../ui/when-read.tsx';

type Membership = Answer<typeof getSession>['organizations'][number];

/** The organizations that the reader is a member of; every role can leave. */
export function Memberships() {
  const session = useEndpoint(getSession);
  const [leaving, setLeaving] = useState<Membership>();
  return (
    <>
      <WhenRead what="Your organizations" of={session}>
        <DataTable
          label="Organizations"
          rows={session.data?.organizations ?? []}
          rowKey={(organization) => organization.id}
          loading={session.isPending}
          empty={
            <Text c="dimmed" size="sm">
              You are a member of none.
            </Text>
          }
          columns={[
            {
              key: 'name',
              header: 'Organization',
              cell: ({ name, slug, deletesAt }) => (
                <div>
                  <TextLink to="/organizations/$organization" params={{ organization: slug }}>
                    {name}
                  </TextLink>
                  {deletesAt === null ? null : (
                    <Text size="sm" c="red">
                      is deleted <RelativeTime time={deletesAt} />
                    </Text>
                  )}
                </div>
              ),
            },
            { key: 'role', header: 'Your role', cell: ({ role }) => role },
            {
              key: 'actions',
              header: 'Actions',
              quiet: true,
              align: 'right',
              wraps: true,
              cell: (organization) =>
                organization.onlyOwner ? (
                  <Text size="sm" c="dimmed">
                    You are the only owner: make another member an owner before you leave.
                  </Text>
                ) : (
                  <Button
                    variant="default"
                    size="compact-sm"
                    fw={500}
                    aria-label={`Leave ${organization.name}`}
                    onClick={() => setLeaving(organization)}
                  >
                    Leave
                  </Button>
                ),
            },
          ]}
        />
      </WhenRead>
      <LeaveDialog organization={leaving} close={() => setLeaving(undefined)} left={() => undefined} />
    </>
  );
}
