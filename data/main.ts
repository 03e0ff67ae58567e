import { problemOfConnection } from '@holdfast/db/data';
import { ConfigurationError, closeAtEnd, logEvent, reasonOfStartFailure } from '@holdfast/service';
import { startDataPlane } from './app.ts';
import { readDataSettings } from './config.ts';
import { KeyMismatch } from './keys/key-mismatch.ts';
import { RootKeyError } from './keys/root-key.ts';

/**
 * The data plane as a process. Exit code 2: a setting or the root key file is wrong, and trying again does
 * not help.
 */
let databaseUrl: string | undefined;
try {
  const settings = readDataSettings(process.env);
  databaseUrl = settings.databaseUrl;
  const plane = await startDataPlane(settings);
  closeAtEnd(plane.logger, plane.close);
  await plane.server.listen(settings.listen);
  void plane.replaced.then(() => {
    logEvent(plane.logger, 'node.replaced', {});
    void plane.close().finally(() => process.exit(2));
  });
  logEvent(plane.logger, 'data.ready', { signingKey: plane.signingKeyFingerprint, rootKeyCreated: plane.rootKeyCreated });
} catch (error) {
  const known = error instanceof ConfigurationError || error instanceof RootKeyError || error instanceof KeyMismatch;
  const problem = databaseUrl === undefined ? undefined : problemOfConnection(databaseUrl, error);
  const reason = problem === undefined ? reasonOfStartFailure(error) : `${problem.message} ${problem.remedy}`;
  process.stderr.write(`The data plane cannot start. ${reason}\n`);
  process.exit(known ? 2 : 1);
}
