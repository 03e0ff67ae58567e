import { Mime } from 'mime';
import otherTypes from 'mime/types/other.js';
import standardTypes from 'mime/types/standard.js';

const UNKNOWN = 'application/octet-stream';

/** Of the mime-db data; what it has no type for, or an older one than the standard, stands here. */
const TYPES = new Mime(standardTypes, otherTypes).define(
  {
    // RFC 9512.
    'application/yaml': ['yaml', 'yml'],
    // RFC 6350.
    'text/vcard': ['vcf'],
    'application/x-ndjson': ['ndjson', 'jsonl'],
    // What a form sends; a name that ends in .txt stays plain text.
    'application/x-www-form-urlencoded': ['*txt'],
  },
  true,
);

/**
 * What a document is: the one rule for every way in (console, command line, API, folder), so that a document
 * has the same type whichever way it comes. The end of its name decides, in any case; what the sender
 * declares counts only for a name that does not say. Browsers and systems disagree about declared types: the
 * same `a.csv` is `text/csv` from one and `application/vnd.ms-excel` from another, and would be sent again
 * and again as a changed document.
 *
 * @param declared - a media type (RFC 9110, section 8.3.1); `application/octet-stream` by default.
 * @example contentTypeOf('2026/März.CSV', 'application/vnd.ms-excel') // 'text/csv'
 */
export function contentTypeOf(name: string, declared: string = UNKNOWN): string {
  const extension = /\.([a-z0-9]{1,12})$/i.exec(name)?.[1];
  return (extension === undefined ? undefined : TYPES.getType(extension)) ?? declared;
}

/**
 * What a name ends in when only its type is known: the other direction of {@link contentTypeOf}.
 *
 * @param contentType - a media type, perhaps with parameters; `undefined` when nobody said one.
 * @returns without a dot; `json` and `xml` also for what is written in them (RFC 6839), `bin` for a type that
 *   is not known.
 * @example extensionOf('text/csv; charset=utf-8') // 'csv'
 */
export function extensionOf(contentType: string = UNKNOWN): string {
  const suffix = /^[^;]*\+(json|xml)\s*(?:;|$)/i.exec(contentType)?.[1];
  return TYPES.getExtension(contentType) || suffix?.toLowerCase() || 'bin';
}
