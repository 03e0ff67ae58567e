import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type ConnectorContext, ConnectorError, documentBody, type InputDocument, type Publication } from '@holdfast/connector';
import MailComposer from 'nodemailer/lib/mail-composer';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { type MailLimits, type Sending, withConnection } from './connection.ts';
import type { EmailOptions } from './options.ts';

/** Of 57 bytes a line of 76 characters and its end. */
const encodedBytes = (bytes: number) => Math.ceil(bytes / 57) * 78;
/** Hardly any server takes more, and one without SIZE (RFC 1870) would say so when all of it is there. */
const MAIL_DOCUMENT_MAXIMUM_BYTES = 100 * 1024 * 1024;
/** The library makes texts of what it gets, and V8 keeps long ones until it looks at everything. */
const PIECE_BYTES = 57 * 1024;
/** Headers, their folding, and the borders of the parts. */
const HEADERS_BYTES = 4_096;

/**
 * Sends a document as the attachment of one mail to all recipients. SMTP cannot tell whether a mail was sent
 * before: its Message-ID is the same for every attempt, by which most mailboxes keep one. A recipient whom
 * the server refuses is named in the note; only when it refuses all of them nothing is sent.
 *
 * @param limits replaced in tests.
 * @throws ConnectorError; `document_unsupported` above 100 MiB, before anything is sent; with
 *   `mayHaveArrived` when the server got the whole mail and did not answer.
 */
export async function publish(
  document: InputDocument,
  options: EmailOptions,
  context: ConnectorContext,
  limits: Partial<MailLimits> = {},
): Promise<Publication> {
  if (document.size > MAIL_DOCUMENT_MAXIMUM_BYTES) throw tooLarge(document);
  const { accepted, rejected } = await withConnection(
    options,
    context,
    (connection, sending) => send(connection, sending, document, options),
    { document: document.name, limits },
  );
  return {
    outcome: 'published',
    publishedAs: `mail to ${accepted.join(', ')}`,
    ...(rejected.length > 0 && {
      note: `The mail server at ${options.shown} does not take mail for ${rejected.join(', ')}: the others got it.`,
    }),
  };
}

async function send(connection: SMTPConnection, sending: Sending, document: InputDocument, options: EmailOptions) {
  const { name, size, contentType, idempotencyKey } = document;
  const { from, to, cc, subject, text } = options;
  let failure: unknown;
  async function* bytes() {
    try {
      for await (const piece of documentBody(document)) {
        for (let start = 0; start < piece.length; start += PIECE_BYTES) yield piece.subarray(start, start + PIECE_BYTES);
      }
    } catch (error) {
      // The library writes into errors that it sees.
      failure = error;
      throw new Error('The document could not be read.');
    }
  }
  const body = Readable.from(bytes(), { objectMode: false, highWaterMark: PIECE_BYTES });
  const words = { name: oneLine(name.slice(name.lastIndexOf('/') + 1)), path: oneLine(name), size: size.toLocaleString('en') };
  const digest = createHash('sha256').update(`${idempotencyKey} email`).digest('hex').slice(0, 40);
  const mail = new MailComposer({
    from: { name: '', address: from },
    to: to.map(named),
    cc: cc.map(named),
    subject: filled(subject, words),
    text: filled(text, words),
    messageId: `<${digest}@${from.slice(from.indexOf('@') + 1)}>`,
    // No answer of a machine to a machine.
    headers: { 'Auto-Submitted': 'auto-generated' },
    attachments: [
      { filename: words.name, content: body, contentType, contentDisposition: 'attachment', contentTransferEncoding: 'base64' },
    ],
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  const length = encodedBytes(size) + HEADERS_BYTES + 4 * Buffer.byteLength(text) + 80 * (to.length + cc.length);
  try {
    return await new Promise<{ accepted: string[]; rejected: string[] }>((done, failed) => {
      body.once('error', failed);
      const message = mail.createReadStream();
      message.once('end', () => sending.handedOver());
      sending.begin(size);
      connection.send({ from, to: [...to, ...cc], size: length }, message, (error, info) =>
        error ? failed(error) : done({ accepted: info.accepted.map(String), rejected: info.rejected.map(String) }),
      );
    });
  } catch (error) {
    throw failure ?? error;
  } finally {
    body.destroy();
  }
}

function tooLarge({ name, size }: InputDocument): ConnectorError {
  const most = MAIL_DOCUMENT_MAXIMUM_BYTES.toLocaleString('en');
  return new ConnectorError(
    'document_unsupported',
    `“${name}” is too large for a mail: it has ${size.toLocaleString('en')} bytes, and at most ${most} are sent. Nothing was sent.`,
    { remedy: 'Publish it to a storage or a folder of a server, or keep documents of this size out of this step.', documentOnly: true },
  );
}

const named = (address: string) => ({ name: '', address });

/** In one pass: what is filled in is not looked at again. */
function filled(template: string, words: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(name|path|size)\}/g, (_, word: string) => words[word] ?? '');
}

/** A line break would begin another header. */
function oneLine(text: string): string {
  return text.normalize('NFC').replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
