import { UnstyledButton } from '@mantine/core';
import { useClickOutside } from '@mantine/hooks';
import { KebabHorizontalIcon } from '@primer/octicons-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import classes from './menu.module.css';

interface MenuProps {
  /** What stands on the button. */
  button: ReactNode;
  buttonClass?: string | undefined;
  label: string;
  /** What a screen reader says for a button without words. */
  buttonLabel?: string;
  /** Opens above its button, for one at the lower edge. */
  above?: boolean;
  /** As wide as its words and under the right end of its button; otherwise as wide as the button. */
  atEnd?: boolean;
  /** `MenuItem`s. Drawn when it opens. */
  children: ReactNode;
}

/**
 * A menu as desktops have it: arrows, Home and End move, Escape closes and gives the focus back to the
 * button.
 */
export function Menu({ button, buttonClass, label, buttonLabel, above = false, atEnd = false, children }: MenuProps) {
  const [opened, setOpened] = useState(false);
  const id = useId();
  const target = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const frame = useClickOutside<HTMLDivElement>(() => setOpened(false));
  const items = () => [...(list.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
  useEffect(() => {
    if (!opened) return;
    list.current?.querySelector<HTMLElement>('[role=menuitem]')?.focus();
    list.current?.scrollIntoView({ block: 'nearest' });
  }, [opened]);

  function close() {
    setOpened(false);
    target.current?.focus();
  }
  function onKeyDown(event: KeyboardEvent) {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) all.at(to % all.length)?.focus();
    else if (event.key === 'Escape') close();
    else if (event.key === 'Tab') setOpened(false);
    else return;
    if (event.key !== 'Tab') event.preventDefault();
    event.stopPropagation();
  }
  return (
    <div ref={frame} className={classes.frame}>
      <UnstyledButton
        ref={target}
        className={buttonClass ?? ''}
        aria-label={buttonLabel}
        aria-haspopup="menu"
        aria-expanded={opened}
        aria-controls={opened ? id : undefined}
        onClick={() => setOpened(!opened)}
        onKeyDown={(event) => {
          if (opened || event.key !== 'ArrowDown') return;
          event.preventDefault();
          setOpened(true);
        }}
      >
        {button}
      </UnstyledButton>
      {opened ? (
        <div
          ref={list}
          id={id}
          role="menu"
          tabIndex={-1}
          aria-label={label}
          className={classes.list}
          data-above={above}
          data-at-end={atEnd}
          onKeyDown={onKeyDown}
          // An item has done its work: the menu closes, wherever that led. A dialog that it opened gives the
          // focus back to the button.
          onClick={close}
        >
          {children}
        </div>
      ) : null}
    </div>
  );
}

/** Of a row of a table, on a phone: `name` is the row's, so that each button has a name of its own. */
export function RowMenu({ name, children }: { name: string; children: ReactNode }) {
  const label = `Actions for ${name}`;
  return (
    <Menu label={label} buttonLabel={label} atEnd buttonClass={classes.kebab} button={<KebabHorizontalIcon size={18} />}>
      {children}
    </Menu>
  );
}

export function MenuItem({
  icon,
  right,
  onClick,
  children,
}: {
  icon?: ReactNode;
  right?: ReactNode;
  onClick: () => void;
  children: ReactNode;
}) {
  return (
    <UnstyledButton role="menuitem" tabIndex={-1} className={classes.item} onClick={onClick}>
      {icon === undefined ? null : (
        <span className={classes.icon} aria-hidden>
          {icon}
        </span>
      )}
      <span className={classes.words}>{children}</span>
      {right}
    </UnstyledButton>
  );
}

export function MenuDivider() {
  return <hr className={classes.divider} />;
}
