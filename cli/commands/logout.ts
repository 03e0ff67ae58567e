import { deleteToken } from '@holdfast/api';
import { answer, remark } from '@holdfast/terminal/output';
import { reach } from '@holdfast/terminal/reach';
import type { Command } from 'commander';

export function registerLogout(program: Command): void {
  program
    .command('logout')
    .description('revoke the token that holdfast login made, and forget it on this machine')
    .action(async (_options, command: Command) => {
      const { createClient } = await import('@holdfast/sdk');
      const { profilePath, readProfile, writeProfile } = await import('@holdfast/sdk/node');
      const path = profilePath();
      const { devices, organization, pins, token, tokenId, url } = readProfile(path);
      if (token === undefined) return answer(command, { loggedOut: false }, 'Nobody is logged in here.');
      let revoked = false;
      if (url !== undefined && organization !== undefined && tokenId !== undefined) {
        try {
          await createClient({ url, token, fetch: reach }).call(deleteToken, { params: { organization, token: tokenId } });
          revoked = true;
        } catch (error) {
          remark(`The token could not be revoked: ${(error as Error).message} Revoke it in the console, under Keys & settings.`);
        }
      }
      // What was trusted stays: forgetting it would let an impostor in at the next login.
      writeProfile({ ...(url === undefined ? {} : { url }), ...(pins && { pins }), ...(devices && { devices }) }, path);
      answer(
        command,
        { loggedOut: true, revoked },
        revoked ? 'Logged out; the token is revoked.' : 'Logged out here. The token itself is valid until it is revoked in the console.',
      );
    });
}
