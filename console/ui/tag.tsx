import type { ReactNode } from 'react';
import classes from './tag.module.css';
import type { Tone } from './tone.ts';

export type { Tone } from './tone.ts';

/** A short state in words; its colour only repeats what the words say. */
export function Tag({ tone = 'quiet', title, children }: { tone?: Tone; title?: string; children: ReactNode }) {
  return (
    <span className={classes.tag} data-tone={tone} title={title}>
      {children}
    </span>
  );
}
