import type { ReactNode } from 'react';
import classes from './tag.module.css';

export type Tone = 'quiet' | 'good' | 'warn' | 'bad' | 'accent';

/** A short state in words; its colour only repeats what the words say. */
export function Tag({ tone = 'quiet', title, children }: { tone?: Tone; title?: string; children: ReactNode }) {
  return (
    <span className={classes.tag} data-tone={tone} title={title}>
      {children}
    </span>
  );
}
