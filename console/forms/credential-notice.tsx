import { credentialIn, type FoundCredential } from '@holdfast/configuration';
import { Button, Group, Text } from '@mantine/core';
import { AlertIcon } from '@primer/octicons-react';
import { Notice } from '../ui/notice.tsx';
import classes from './sensitive-option.module.css';
import { useSurroundings } from './sensitive-option-context.ts';

/** Why a form with one is not sent. */
export const CREDENTIAL_LEFT = 'Seal it, or say that it is not secret.';

interface CredentialNoticeProps {
  option: string;
  /** As it would be stored, in clear. */
  text: string;
  readOnly: boolean;
  /** What takes it away; `undefined` when nothing here can. By default see `sealAway` of the form. */
  seal?: (found: FoundCredential) => (() => void) | undefined;
}

/** Under an option in clear that holds what looks like a credential: says so, and offers to seal it. */
export function CredentialNotice({ option, text, readOnly, seal }: CredentialNoticeProps) {
  const { isAccepted, accept, sealAway, askForSecret } = useSurroundings();
  const found = text === '' ? undefined : credentialIn(text);
  if (found === undefined) return null;
  const accepted = isAccepted(option, text);
  const away = readOnly ? undefined : (seal ?? ((credential) => sealAway(option, credential)))(found);
  return (
    <div className={classes.credential} role={accepted ? undefined : 'alert'} data-credential>
      <Notice tone={accepted ? 'quiet' : 'bad'} icon={<AlertIcon size={15} />}>
        This looks like {found.words}. Everyone who may see this component can read it.
        {readOnly ? null : (
          <>
            {away === undefined ? (
              <Text size="sm">
                {askForSecret === undefined
                  ? 'Take it out here, and put it into a secret.'
                  : 'Take it out here, and ask an admin for a secret with it.'}
              </Text>
            ) : null}
            <Group gap="xs" mt={6}>
              {away === undefined ? null : (
                <Button variant="default" size="compact-sm" onClick={away}>
                  Seal it
                </Button>
              )}
              {accepted ? null : (
                <Button variant="subtle" size="compact-sm" onClick={() => accept(option, text)}>
                  It is not secret
                </Button>
              )}
            </Group>
          </>
        )}
      </Notice>
    </div>
  );
}
