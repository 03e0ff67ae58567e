import { Group, Text, Textarea, type TextareaProps, UnstyledButton } from '@mantine/core';
import { FileIcon } from '@primer/octicons-react';
import { type RefObject, useId, useRef } from 'react';
import type { KeptText } from './kept-text.ts';
import classes from './value-field.module.css';

interface SecretTextAreaProps extends TextareaProps {
  field: RefObject<HTMLTextAreaElement | null>;
  /** What says that a file is held, while it stands in place of the text area. */
  held?: RefObject<HTMLDivElement | null> | undefined;
  kept: KeptText;
}

/**
 * A text area for what must not be seen: dots, kept from password managers and spelling, with a file in its
 * place when one is given.
 */
export function SecretTextArea({ field, held, kept, label, error, ...more }: SecretTextAreaProps) {
  const picker = useRef<HTMLInputElement>(null);
  const holding = kept.source !== undefined;
  // What is said of the text does not matter while it is not the one that was meant.
  const fault = kept.refusal ?? error;
  const id = useId();
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a file may be dropped anywhere here; the button beside it does the same
    <div onDrop={kept.onDrop} onDragOver={kept.onDragOver}>
      <div hidden={holding}>
        <Textarea
          ref={field}
          label={label}
          error={fault}
          required
          resize="vertical"
          classNames={{ input: classes.dots ?? '' }}
          autoComplete="off"
          autoCorrect="off"
          autoCapitalize="off"
          spellCheck={false}
          data-1p-ignore
          data-lpignore="true"
          data-bwignore
          onInput={kept.onInput}
          onPaste={kept.onPaste}
          {...more}
        />
      </div>
      {holding ? (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
        <div
          ref={held}
          role="group"
          tabIndex={-1}
          aria-labelledby={`${id}-label`}
          aria-describedby={fault ? `${id}-fault` : undefined}
          data-faulty={fault ? true : undefined}
        >
          <Text component="div" size="sm" fw={500} id={`${id}-label`}>
            {label}
          </Text>
          <div className={classes.held}>
            <FileIcon size={16} />
            <span>
              <span className={classes.hosts}>{kept.source}</span>, kept as it is: this field would change its line ends.
            </span>
          </div>
          {fault ? (
            <Text size="xs" c="var(--holdfast-bad-ink)" mt={4} id={`${id}-fault`} role="alert">
              {fault}
            </Text>
          ) : null}
        </div>
      ) : null}
      <Group gap="xs" mt={5}>
        <input
          ref={picker}
          type="file"
          hidden
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            kept.takeFile(file);
            // The same file may be chosen again.
            event.currentTarget.value = '';
          }}
        />
        <UnstyledButton className={classes.pick} onClick={() => picker.current?.click()}>
          {holding ? 'Choose another file' : 'Choose a file'}
        </UnstyledButton>
        {holding ? (
          <UnstyledButton className={classes.pick} onClick={() => kept.change('')}>
            Remove
          </UnstyledButton>
        ) : (
          <Text size="xs" c="dimmed">
            or drop one here: it is taken byte for byte.
          </Text>
        )}
      </Group>
    </div>
  );
}
