import { Button } from '@mantine/core';
import { isNotThere, problemOf } from '../api/problem.ts';
import classes from './cut-short.module.css';
import { Notice } from './notice.tsx';

interface CutShortProps {
  /** "secrets": what the list holds. */
  what: string;
  of: {
    isError: boolean;
    error: unknown;
    data: unknown;
    isFetching: boolean;
    refetch: () => unknown;
    /** Of a list that is read page by page: see `useEndpointPages`. */
    isCutShort?: boolean;
    fetchNextPage?: () => unknown;
  };
  /** Where the focus goes when the button has been pressed, which is there no longer once all is read. */
  focusAfter?: () => void;
}

/**
 * Beside a list to choose from: that it holds none, or not all, since the rest could not be read. What is
 * missing would seem not to exist.
 */
export function CutShort({ what, of: list, focusAfter }: CutShortProps) {
  const isCutShort = list.isCutShort ?? (list.isError && list.data === undefined);
  if (!isCutShort) return null;
  const { detail, remedy } = problemOf(list.error);
  const readOn = list.data === undefined ? list.refetch : (list.fetchNextPage ?? list.refetch);
  return (
    <div role="alert" className={classes.cutShort}>
      <Notice tone="bad">
        {list.data === undefined ? 'The' : 'More'} {what} could not be loaded. {detail} {remedy}
        {isNotThere(list.error) ? null : (
          <div>
            <Button
              variant="default"
              size="compact-sm"
              mt={6}
              loading={list.isFetching}
              onClick={() => {
                focusAfter?.();
                void readOn();
              }}
            >
              Try again
            </Button>
          </div>
        )}
      </Notice>
    </div>
  );
}
