import type { RunItem } from '@holdfast/api';
import classes from './item-steps.module.css';
import { itemStepInWords } from './run-words.ts';

/** The steps that a document has been through; a bar shows the share of the time that each took. */
export function ItemSteps({ steps }: { steps: RunItem['steps'] }) {
  const all = steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return (
    <ul className={classes.steps}>
      {steps.map((step) => (
        <li key={step.name} className={classes.step}>
          <span className={classes.words}>{itemStepInWords(step)}</span>
          <span className={classes.track} aria-hidden>
            <span className={classes.bar} style={{ display: 'block', width: `${all === 0 ? 0 : (step.milliseconds / all) * 100}%` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}
