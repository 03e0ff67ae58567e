import { ERROR_CODES, type Failure, isErrorCode, type Permission } from '@holdfast/api';
import { Text } from '@mantine/core';
import { AlertIcon } from '@primer/octicons-react';
import type { ReactNode } from 'react';
import { useOrganization } from '../../api/organization.ts';
import { Notice } from '../../ui/notice.tsx';

/** Why something cannot be used as it is, and what to do. */
export function BrokenNotice({ broken, children }: { broken: Failure; children?: ReactNode }) {
  const { may } = useOrganization();
  const title = isErrorCode(broken.code) ? ERROR_CODES[broken.code].title : 'It cannot be used as it is';
  return (
    <Notice tone="bad" icon={<AlertIcon size={16} />}>
      <b>{title}.</b> {broken.detail === title ? '' : broken.detail}
      <Text size="sm">{remedyFor(broken, may)}</Text>
      {children}
    </Notice>
  );
}

/** Failures that are put right at a secret, which only owners and admins change. */
const AT_A_SECRET = new Set(['secret_missing', 'secret_expired', 'secret_out_of_scope', 'destination_refused', 'upstream_credentials']);

/** What the reader can do: a remedy for others is no remedy. */
function remedyFor(broken: Failure, may: (permission: Permission) => boolean): string {
  // For the operator of Holdfast, whom any of them may ask.
  if (broken.code === 'data_plane_unavailable') return broken.remedy;
  if (!may('components:write')) return 'Editors and admins can put this right.';
  if (AT_A_SECRET.has(broken.code) && !may('secrets:write')) return `${broken.remedy} Ask an admin to do what concerns the secret.`;
  return broken.remedy;
}
