import { getAccount, getInstance, getSession } from '@holdfast/api';
import { Anchor, Loader } from '@mantine/core';
import { ChevronLeftIcon } from '@primer/octicons-react';
import { Link, Navigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useEffect } from 'react';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { isSignedOut, isUnreadable } from '../../api/problem.ts';
import { prolongSession } from '../../api/session.ts';
import { ErrorState } from '../../ui/error-state.tsx';
import { Page } from '../../ui/page.tsx';
import { Placeholder } from '../../ui/placeholder.tsx';
import { Section } from '../../ui/section.tsx';
import classes from './account-page.module.css';
import { Devices } from './devices.tsx';
import { EmailForm } from './email-form.tsx';
import { Memberships } from './memberships.tsx';
import { NameForm } from './name-form.tsx';
import { PasswordForm } from './password-form.tsx';
import { Sessions } from './sessions.tsx';

/** The reader's own account, which belongs to no organization. */
export function AccountPage() {
  const account = useEndpoint(getAccount);
  const instance = useEndpoint(getInstance, undefined, { staleTime: 60_000 });
  useEffect(prolongSession, []);
  if (account.isError && isSignedOut(account.error)) {
    return <Navigate to="/sign-in" search={{ next: '/account' }} replace />;
  }
  const failed = [account, instance].find(isUnreadable);
  return (
    <Frame>
      <Page
        title="Account"
        description="Your name, how you sign in, and where you are signed in. It is the same in all your organizations."
      >
        {failed !== undefined ? (
          <ErrorState what="Your account" error={failed.error} retry={() => failed.refetch()} />
        ) : account.data === undefined || instance.data === undefined ? (
          <Placeholder>
            <Loader />
          </Placeholder>
        ) : (
          <>
            <Section title="Name" intro="Other members see it, and the audit record keeps the name that you had at the time.">
              <NameForm name={account.data.name} key={account.data.name} />
            </Section>
            <Section title="E-mail" intro="You sign in with it, and invitations are sent to it.">
              <EmailForm account={account.data} sendsMail={instance.data.sendsMail} />
            </Section>
            <Section title="Password" intro="A new one ends your sessions everywhere else. Your tokens stay, since programs use them.">
              <PasswordForm email={account.data.email} changedAt={account.data.passwordChangedAt} />
            </Section>
            <Section title="Organizations" intro="Where you are a member, and as what.">
              <Memberships />
            </Section>
            <Section title="Sessions" intro="Where you are signed in now. A session that you end is refused at its next request.">
              <Sessions />
            </Section>
            <Section
              title="Known devices"
              intro="Where you have signed in before. When strangers try passwords on your account, these do not have to wait. They are not signed in by it."
            >
              <Devices />
            </Section>
          </>
        )}
      </Page>
    </Frame>
  );
}

function Frame({ children }: { children: ReactNode }) {
  const session = useEndpoint(getSession, undefined, { staleTime: 30_000 });
  const [first] = session.data?.organizations ?? [];
  return (
    <>
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      <nav className={classes.bar} aria-label="Way back">
        <Link to="/" className={classes.brand}>
          <img src="/favicon.svg" alt="" width={22} height={22} />
          Holdfast
        </Link>
        <Anchor component={Link} to="/" className={classes.back}>
          <ChevronLeftIcon size={16} />
          {first === undefined ? 'Back' : `Back to ${first.name}`}
        </Anchor>
      </nav>
      <main id="content" tabIndex={-1} className={classes.main}>
        {children}
      </main>
    </>
  );
}
