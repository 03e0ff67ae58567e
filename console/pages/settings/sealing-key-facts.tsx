import { getInstance, getSealingKey } from '@holdfast/api';
import { sameFingerprint } from '@holdfast/envelope';
import { Button, Loader, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useEndpoint } from '../../api/endpoint-hooks.ts';
import { useOrganization } from '../../api/organization.ts';
import { problemOf } from '../../api/problem.ts';
import { sealingFault, trustSigningKey, useSealingKey } from '../../sealing/use-sealing-key.ts';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { ErrorState } from '../../ui/error-state.tsx';
import { Placeholder } from '../../ui/placeholder.tsx';
import classes from './settings-page.module.css';

/** The fingerprints to compare with the operator's, and what this browser has pinned. */
export function SealingKeyFacts() {
  const organization = useOrganization();
  const sealingKey = useSealingKey();
  const instance = useEndpoint(getInstance);
  const queries = useQueryClient();
  const [trusting, setTrusting] = useState(false);
  const fingerprint = instance.data?.signingKeyFingerprint ?? undefined;

  const fault = sealingFault(sealingKey);
  if (fault !== undefined) {
    const { code } = problemOf(fault);
    const older = code === 'sealing_key_older';
    const changed = older || code === 'signing_key_changed' || code === 'sealing_key_of_another_organization';
    const trust = older ? 'Trust the older key' : 'Trust the new signing key';
    return (
      <>
        <ErrorState what="The sealing key" error={fault} retry={() => sealingKey.refetch()} />
        {changed && fingerprint !== undefined ? (
          <>
            <Button variant="default" mt="sm" onClick={() => setTrusting(true)}>
              {trust}…
            </Button>
            <ConfirmDialog
              opened={trusting}
              close={() => setTrusting(false)}
              title={trust}
              confirmLabel="Trust it"
              typed={fingerprint}
              typedLabel="Fingerprint from the operator"
              matches={(text) => sameFingerprint(text, fingerprint)}
              confirm={async () => {
                await trustSigningKey(organization, fingerprint);
                await queries.invalidateQueries({ queryKey: [getSealingKey.id] });
              }}
            >
              <Text size="sm">
                {older
                  ? 'A key that was rotated away may be in a thief’s hands, or be destroyed: what you seal for it is read by them, or by nobody. After a backup was restored the older key is right. Ask the operator whether that happened, and'
                  : 'Somebody who took over the server could show a key of their own here, and read what you seal from now on. Ask the operator'}{' '}
                for the fingerprint that <code>holdfast start</code> prints on the server, and type that one.
              </Text>
            </ConfirmDialog>
          </>
        ) : null}
      </>
    );
  }
  const key = sealingKey.data;
  if (key === undefined) {
    return (
      <Placeholder>
        <Loader size="sm" />
      </Placeholder>
    );
  }
  return (
    <dl className={classes.facts}>
      <dt>Fingerprint</dt>
      <dd className="mono">
        {key.fingerprint} <CopyButton value={key.fingerprint} what="the fingerprint" />
      </dd>
      <dt>Generation</dt>
      <dd>{key.generation}</dd>
      <dt>Method</dt>
      <dd>HPKE, ML-KEM-768 with X25519, HKDF-SHA256, AES-256-GCM</dd>
      <dt>Signed by the data plane</dt>
      <dd className="mono">
        {key.signingKeyFingerprint} <CopyButton value={key.signingKeyFingerprint} what="the fingerprint of the signing key" />
      </dd>
      <dt>In this browser</dt>
      <dd>The signature was checked; the signing key and the organization’s id are those that this browser saw first.</dd>
    </dl>
  );
}
