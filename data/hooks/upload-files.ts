import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { HoldfastError, UPLOAD_MAXIMUM_FILES } from '@holdfast/api';
import { invalid } from '@holdfast/endpoints';
import type { Trigger } from '../triggers/trigger.ts';
import type { HookDependencies } from './hooks.ts';
import { discardSent, storeSent } from './store-sent.ts';

/** Of a form, beside its files: nothing is done with them. */
const FIELDS_MAXIMUM = 50;

export interface SentFiles {
  /** Of a body that is the file itself. */
  readonly name: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  /** Of one file. */
  readonly maximumBytes: number;
}

/**
 * Stores the files of a form (`curl -F file=@…`), or the one file that the body is (`curl --data-binary @…`),
 * as they come: memory holds some MiB, whatever their size. All of them, or none.
 *
 * @returns the ids of the documents, in their order.
 */
export async function storeFiles(dependencies: HookDependencies, trigger: Trigger, sent: SentFiles): Promise<string[]> {
  const body = sent.body instanceof Readable ? sent.body : Readable.from([]);
  const contentType = sent.headers['content-type'];
  if (/^multipart\/form-data\s*;/i.test(contentType ?? '')) return storeForm(dependencies, trigger, sent, body);
  if (sent.name === undefined) {
    throw invalid(
      [{ field: 'name', detail: 'A body that is the file itself needs a name.' }],
      'Add ?name=… to the address, or send a form: curl -F file=@invoice.pdf',
    );
  }
  // What curl --data says by itself is no type of the file.
  const said = contentType === 'application/x-www-form-urlencoded' ? undefined : contentType;
  return [await storeSent(dependencies, trigger, { name: sent.name, contentType: said, body, maximumBytes: sent.maximumBytes })];
}

async function storeForm(dependencies: HookDependencies, trigger: Trigger, sent: SentFiles, body: Readable): Promise<string[]> {
  const storing: Promise<string>[] = [];
  const files: Readable[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const form = readForm(sent.headers);
      const fail = (error: unknown) => {
        body.unpipe(form);
        // Nothing more comes for those that are not whole: what stores them would wait for it.
        for (const file of files) file.destroy(new Error('The form ends here.'));
        reject(error);
      };
      form.on('file', (_field, file, filename, _encoding, type) => {
        files.push(file);
        // The form may end within it before anybody reads it.
        file.on('error', () => fail(unreadable()));
        if (storing.length === UPLOAD_MAXIMUM_FILES) {
          file.resume();
          fail(new HoldfastError('payload_too_large', `A request has at most ${UPLOAD_MAXIMUM_FILES} files.`));
          return;
        }
        const { maximumBytes } = sent;
        const stored = storeSent(dependencies, trigger, {
          name: (filename ?? '').normalize('NFC'),
          contentType: type,
          body: file,
          maximumBytes,
        });
        storing.push(stored);
        stored.catch(fail);
      });
      // What is beyond these limits is passed over, a file among it too.
      const tooManyParts = () =>
        fail(
          new HoldfastError('payload_too_large', `A form has at most ${UPLOAD_MAXIMUM_FILES} files and ${FIELDS_MAXIMUM} other fields.`),
        );
      form.on('partsLimit', tooManyParts);
      form.on('fieldsLimit', tooManyParts);
      form.on('error', () => fail(unreadable()));
      form.on('finish', resolve);
      body.on('error', fail);
      body.on('close', () => {
        if (!body.readableEnded) fail(new HoldfastError('invalid_request', 'The form came to no end.'));
      });
      body.pipe(form);
    });
    if (storing.length === 0) throw invalid([{ field: 'file', detail: 'The form has no file.' }], 'Send one: curl -F file=@invoice.pdf');
    return await Promise.all(storing);
  } catch (error) {
    const settled = await Promise.allSettled(storing);
    await discardSent(
      dependencies,
      trigger,
      settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
    ).catch(() => undefined);
    throw error;
  }
}

/** @throws HoldfastError `invalid_request` for headers that announce no form. */
function readForm(headers: IncomingHttpHeaders): BusboyInstance {
  // One more file than is taken: it says that there are too many.
  const files = UPLOAD_MAXIMUM_FILES + 1;
  const limits = { files, fields: FIELDS_MAXIMUM, fieldSize: 4_096, parts: files + FIELDS_MAXIMUM, headerPairs: 50 };
  try {
    return new Busboy({ headers: { ...headers, 'content-type': headers['content-type'] ?? '' }, limits });
  } catch {
    throw unreadable();
  }
}

function unreadable(): HoldfastError {
  return new HoldfastError('invalid_request', 'The form could not be read.', { remedy: 'Send it as curl -F does.' });
}
