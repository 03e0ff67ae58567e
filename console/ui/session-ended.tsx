import { TextLink } from './links.tsx';
import { LeaveQuestion, OWN_ESCAPE } from './unsaved-warning.tsx';

export interface SessionEndedProps {
  stay: () => void;
  leave: () => void;
}

/** Asked where something is entered that is not saved. */
export function SessionEnded({ stay, leave }: SessionEndedProps) {
  return <LeaveQuestion question={SESSION_ENDED} opened stay={stay} leave={leave} />;
}

const SESSION_ENDED = {
  title: 'Your session has ended',
  text: (
    <>
      What you entered is not saved, and stays here. To save it, sign in{' '}
      <TextLink to="/sign-in" target="_blank" td="underline" {...OWN_ESCAPE}>
        in another tab
      </TextLink>{' '}
      first. Signing in here loses it.
    </>
  ),
  leave: 'Sign in here',
};
