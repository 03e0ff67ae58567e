import { getSession } from '@holdfast/api';
import { ActionIcon, Burger, Drawer, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { ChevronLeftIcon } from '@primer/octicons-react';
import { Outlet, useLocation, useNavigate, useParams } from '@tanstack/react-router';
import { type ComponentType, lazy, type ReactNode, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { useEndpoint } from '../api/endpoint-hooks.ts';
import { OrganizationContext } from '../api/organization.ts';
import { isSignedOut, isUnreadable } from '../api/problem.ts';
import { signedOutListeners } from '../api/query-client.ts';
import { prolongSession } from '../api/session.ts';
import { NotFoundPage } from '../pages/not-found-page.tsx';
import { ErrorState } from './error-state.tsx';
import { Navigation } from './navigation.tsx';
import { PendingPage } from './pending-page.tsx';
import { RecordBanner } from './record-banner.tsx';
import type { SessionEndedProps } from './session-ended.tsx';
import classes from './shell.module.css';
import { hasUnsavedInput } from './unsaved-input.ts';

/** Loaded when there is something to say. */
const DeletionBanner = lazy<ComponentType>(() =>
  import('./deletion-banner.tsx').then(
    (module) => ({ default: module.DeletionBanner }),
    // The server is away or of another version: the page goes on without it.
    () => ({ default: () => null }),
  ),
);

/** As above. What is entered stays without it, too, and who saves it reads the same. */
const SessionEnded = lazy<ComponentType<SessionEndedProps>>(() =>
  import('./session-ended.tsx').then(
    (module) => ({ default: module.SessionEnded }),
    () => ({ default: () => null }),
  ),
);

/**
 * Around every page of an organization: navigation at the left (a drawer on narrow screens), the page at the
 * right.
 */
export function Shell() {
  const { organization: slug } = useParams({ from: '/organizations/$organization' });
  const session = useEndpoint(getSession, undefined, { staleTime: 30_000 });
  const location = useLocation();
  const [drawer, { open, close }] = useDisclosure(false);
  const main = useRef<HTMLElement>(null);
  const signedOut = useSignInWhenSignedOut(session.dataUpdatedAt);
  useFocusOnNewPage(location.pathname, main);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the drawer closes when the address changes
  useEffect(close, [location.pathname]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a person who goes from page to page uses the console
  useEffect(prolongSession, [location.pathname]);

  if (session.isPending) return <PendingPage />;
  if (session.data === undefined || isUnreadable(session)) {
    if (isSignedOut(session.error)) return <PendingPage />;
    return (
      <main className={classes.alone}>
        <div>
          <Title order={1} mb="md">
            Holdfast
          </Title>
          <ErrorState what="Your organizations" error={session.error} retry={() => session.refetch()} />
        </div>
      </main>
    );
  }
  const { user, organizations } = session.data;
  const membership = organizations.find((organization) => organization.slug === slug);
  if (membership === undefined) return <NotFoundPage />;
  const current = { ...membership, user };

  return (
    <OrganizationContext value={current}>
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      <div className={classes.frame}>
        <aside className={classes.side}>
          <Navigation current={current} organizations={organizations} />
        </aside>
        <section className={classes.bar} aria-label="Navigation bar">
          <Burger opened={drawer} onClick={open} size="sm" color="#cfdad6" aria-label="Open the navigation" />
          <span>{membership.name}</span>
        </section>
        <Drawer.Root
          opened={drawer}
          onClose={close}
          size={264}
          classNames={{ content: classes.drawer ?? '', body: classes.drawerBody ?? '' }}
        >
          <Drawer.Overlay backgroundOpacity={0.45} />
          <Drawer.Content aria-label="Navigation">
            <Drawer.Body p={0}>
              <ActionIcon variant="transparent" className={classes.closeDrawer} onClick={close} aria-label="Close the navigation">
                <ChevronLeftIcon size={18} />
              </ActionIcon>
              <Navigation current={current} organizations={organizations} />
            </Drawer.Body>
          </Drawer.Content>
        </Drawer.Root>
        <main id="content" ref={main} tabIndex={-1} className={classes.main}>
          {membership.deletesAt === null ? null : (
            <Suspense>
              <DeletionBanner />
            </Suspense>
          )}
          <RecordBanner />
          <Outlet key={slug} />
        </main>
      </div>
      {signedOut}
    </OrganizationContext>
  );
}

/**
 * Leads to the sign-in page, which knows whether this instance is set up, as soon as any call finds the
 * session gone. Where something is entered that is not saved, the reader is asked first, and once: who stays
 * signs in elsewhere, and saves here.
 *
 * @param readAt when the session was read last: it held then.
 */
function useSignInWhenSignedOut(readAt: number): ReactNode {
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const stays = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever it is read
  useEffect(() => {
    stays.current = false;
    setAsking(false);
  }, [readAt]);
  const leave = useCallback(() => {
    const { pathname, search } = window.location;
    // Several calls find it gone, one after the other, and the first of them leads there.
    if (pathname === '/sign-in') return;
    const next = pathname + search;
    void navigate({ to: '/sign-in', search: { next }, replace: true, ignoreBlocker: true });
  }, [navigate]);
  useEffect(() => {
    const found = () => {
      if (!hasUnsavedInput()) leave();
      else if (!stays.current) setAsking(true);
    };
    signedOutListeners.add(found);
    return () => {
      signedOutListeners.delete(found);
    };
  }, [leave]);
  // Over a dialog that is open: what comes later stands above it.
  if (!asking) return null;
  return (
    <Suspense fallback={null}>
      <SessionEnded
        stay={() => {
          stays.current = true;
          setAsking(false);
        }}
        leave={leave}
      />
    </Suspense>
  );
}

/**
 * A new page takes the focus, so that a screen reader starts at its beginning and not at the link that was
 * followed.
 */
function useFocusOnNewPage(pathname: string, main: React.RefObject<HTMLElement | null>) {
  const former = useRef(pathname);
  useEffect(() => {
    if (former.current === pathname) return;
    former.current = pathname;
    main.current?.focus({ preventScroll: true });
  }, [pathname, main]);
}
