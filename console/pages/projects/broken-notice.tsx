import type { Failure } from '@holdfast/api';
import { ERROR_CODES, type ErrorCode } from '@holdfast/api';
import { Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Notice } from '../../ui/notice.tsx';

/** Why something cannot be used as it is, and what to do. */
export function BrokenNotice({ broken, children }: { broken: Failure; children?: ReactNode }) {
  const title = broken.code in ERROR_CODES ? ERROR_CODES[broken.code as ErrorCode].title : 'It cannot be used as it is';
  return (
    <Notice tone="bad" icon={<IconAlertTriangle size={16} />}>
      <b>{title}.</b> {broken.detail === title ? '' : broken.detail}
      <Text size="sm">{broken.remedy}</Text>
      {children}
    </Notice>
  );
}
