import { forgetDevice, listDevices } from '@holdfast/api';
import { Text } from '@mantine/core';
import { useCommand, useEndpoint } from '../../api/endpoint-hooks.ts';
import { ActButton } from '../../ui/act-button.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { notifyDone, notifyProblem } from '../../ui/notify.ts';
import { RelativeTime } from '../../ui/relative-time.tsx';
import { Tag } from '../../ui/tag.tsx';
import { WhenRead } from '../../ui/when-read.tsx';
import { deviceWords } from './device-words.ts';

export function Devices() {
  const devices = useEndpoint(listDevices);
  const forget = useCommand(forgetDevice, [listDevices]);
  return (
    <WhenRead what="Your devices" of={devices}>
      <DataTable
        label="Known devices"
        rows={devices.data?.items ?? []}
        rowKey={(device) => device.id}
        loading={devices.isPending}
        empty={
          <Text c="dimmed" size="sm">
            None is known. The next time you sign in, the device that you use is.
          </Text>
        }
        columns={[
          {
            key: 'device',
            header: 'Device',
            cell: (device) => (
              <span title={device.userAgent ?? undefined}>
                {deviceWords(device.userAgent)} {device.current ? <Tag tone="accent">this one</Tag> : null}
              </span>
            ),
          },
          { key: 'address', header: 'Address', cell: (device) => <span className="mono">{device.address ?? '–'}</span> },
          { key: 'used', header: 'Signed in', cell: (device) => <RelativeTime time={device.lastUsedAt} /> },
          {
            key: 'actions',
            header: 'Actions',
            quiet: true,
            align: 'right',
            cell: (device) => (
              <ActButton
                variant="default"
                size="compact-sm"
                fw={500}
                aria-label={`Forget ${deviceWords(device.userAgent)} at ${device.address ?? 'an unknown address'}`}
                act={() =>
                  forget
                    .mutateAsync({ params: { device: device.id } })
                    .then(() => notifyDone(`${deviceWords(device.userAgent)} is not known any more.`), notifyProblem)
                }
              >
                Forget
              </ActButton>
            ),
          },
        ]}
      />
    </WhenRead>
  );
}
