import { PASSWORD_MINIMUM_LENGTH } from '@holdfast/api';
import { PasswordInput, type PasswordInputProps, TextInput, type TextInputProps } from '@mantine/core';

/**
 * Fields of accounts and organizations that several forms have, with what password managers go by. Each takes
 * what its form has to add.
 */

export function EmailField(props: TextInputProps) {
  return <TextInput label="E-mail" type="email" required autoComplete="username" {...props} />;
}

export function CurrentPasswordField(props: PasswordInputProps) {
  return <PasswordInput label="Current password" required autoComplete="current-password" {...props} />;
}

export function NewPasswordField(props: PasswordInputProps) {
  return (
    <PasswordInput
      label="New password"
      description={`At least ${PASSWORD_MINIMUM_LENGTH} characters. A sentence is easier to remember than a riddle.`}
      required
      autoComplete="new-password"
      {...props}
    />
  );
}

export function ShortNameField(props: TextInputProps) {
  return (
    <TextInput
      label="Short name"
      description="Used in URLs and on the command line."
      required
      autoComplete="off"
      spellCheck={false}
      {...props}
    />
  );
}
