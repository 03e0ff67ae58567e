import { useId } from 'react';
import classes from './choice-chips.module.css';

interface ChoiceChipsProps<Value extends string> {
  label: string;
  /** The label of each, with the number behind it, if it is known. */
  choices: readonly { value: Value; label: string; count?: number | undefined }[];
  value: Value;
  onChange: (value: Value) => void;
  disabled?: boolean;
}

/** One of a few, as a row of chips: radio buttons, so one stop for Tab, and arrows between them. */
export function ChoiceChips<Value extends string>({ label, choices, value, onChange, disabled = false }: ChoiceChipsProps<Value>) {
  const name = useId();
  return (
    <div role="radiogroup" aria-label={label} className={classes.chips}>
      {choices.map((choice) => (
        <label key={choice.value} className={classes.chip}>
          <input
            type="radio"
            name={name}
            className="visually-hidden"
            checked={choice.value === value}
            disabled={disabled}
            onChange={() => onChange(choice.value)}
          />
          {choice.label}
          {choice.count === undefined ? null : <span className={classes.count}>{choice.count.toLocaleString()}</span>}
        </label>
      ))}
    </div>
  );
}
