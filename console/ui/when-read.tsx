import type { ReactNode } from 'react';
import { isUnreadable } from '../api/problem.ts';
import { ErrorState } from './error-state.tsx';
import { NotRead, useAway } from './placeholder.tsx';

interface WhenReadProps {
  /** "The members": begins the words that they could not be loaded. */
  what: string;
  of: {
    isError: boolean;
    error: unknown;
    data: unknown;
    refetch: () => unknown;
    /** Of a list that is read page by page. */
    isFetchNextPageError?: boolean;
    fetchNextPage?: () => unknown;
  };
  children: ReactNode;
}

/**
 * What was read, or why it could not be. What was read before stays when reading it again fails; when the
 * next page of a list fails, that is said at its end.
 */
export function WhenRead({ what, of: query, children }: WhenReadProps) {
  const away = useAway();
  if (away && query.data === undefined) return <NotRead />;
  if (!query.isError) return children;
  const error = <ErrorState what={what} error={query.error} retry={query.refetch} />;
  if (isUnreadable(query)) return error;
  if (query.isFetchNextPageError) {
    return (
      <>
        {children}
        <ErrorState what={`More of ${what.slice(0, 1).toLowerCase()}${what.slice(1)}`} error={query.error} retry={query.fetchNextPage} />
      </>
    );
  }
  return (
    <>
      {error}
      {children}
    </>
  );
}
