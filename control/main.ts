import { problemOfConnection } from '@holdfast/db/control';
import { ConfigurationError, closeAtEnd, logEvent, reasonOfStartFailure } from '@holdfast/service';
import { buildControl } from './app.ts';
import { readControlSettings } from './config.ts';

/** The control plane as a process. Exit code 2: a setting is wrong, and trying again does not help. */
let databaseUrl: string | undefined;
try {
  const settings = readControlSettings(process.env);
  databaseUrl = settings.databaseUrl;
  const plane = await buildControl(settings);
  closeAtEnd(plane.logger, plane.close);
  await plane.server.listen(settings.listen);
  logEvent(plane.logger, 'control.ready', { url: settings.publicUrl, setUp: plane.setupToken === undefined });
} catch (error) {
  const problem = databaseUrl === undefined ? undefined : problemOfConnection(databaseUrl, error);
  const reason = problem === undefined ? reasonOfStartFailure(error) : `${problem.message} ${problem.remedy}`;
  process.stderr.write(`The control plane cannot start. ${reason}\n`);
  process.exit(error instanceof ConfigurationError ? 2 : 1);
}
