import type { ReactNode } from 'react';
import classes from './notice.module.css';
import type { Tone } from './tag.tsx';

/** A quiet band of words with an icon: a promise, a hint, a warning. */
export function Notice({ tone = 'accent', icon, children }: { tone?: Tone; icon?: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.notice} data-tone={tone}>
      {icon === undefined ? null : (
        <span className={classes.icon} aria-hidden>
          {icon}
        </span>
      )}
      <div className={classes.words}>{children}</div>
    </div>
  );
}
