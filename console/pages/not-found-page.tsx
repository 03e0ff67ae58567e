import { Center, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useContext } from 'react';
import { OrganizationContext } from '../api/organization.ts';
import { LinkButton } from '../ui/links.tsx';

/** Page not found, or nothing that the reader may know of: both look the same. */
export function NotFoundPage() {
  useDocumentTitle('Not found · Holdfast');
  // Below the shell the page stands in its main landmark already.
  const inShell = useContext(OrganizationContext) !== undefined;
  return (
    <Center mih="70dvh" p="lg" component={inShell ? 'div' : 'main'}>
      <Stack align="center" gap="xs" maw={440} ta="center">
        <Title order={1}>Page not found</Title>
        <Text c="dimmed">
          The address may be mistyped, what it showed may have been deleted, or you are not a member of its organization.
        </Text>
        <LinkButton to="/" variant="default" mt="sm">
          Go to the start
        </LinkButton>
      </Stack>
    </Center>
  );
}
