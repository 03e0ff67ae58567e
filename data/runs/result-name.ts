import { documentNameFault } from '@holdfast/api';
import { ConnectorError } from '@holdfast/connector';

/** A name without its last extension: `a/invoice` of `a/invoice.pdf`. */
export function stemOf(name: string): string {
  return /^(.*[^/])\.[^./]{1,16}$/s.exec(name)?.[1] ?? name;
}

/**
 * The name that a model's result has in the run, where no other may have it: `invoice.json` of `invoice.pdf`
 * keeps its name, unless the run has an `invoice.docx` too: then it is `invoice.pdf.json`. What does not
 * begin with the document's name goes into a folder that does.
 *
 * @param document its name in the run.
 * @param stemShared other documents of the run have the same stem, or have it as their name.
 * @throws ConnectorError `answer_invalid` (documentOnly) for what is no name of a document.
 */
export function resultNameOf(result: string, document: string, stemShared: boolean): string {
  const fault = documentNameFault(result);
  if (fault !== undefined) {
    throw new ConnectorError('answer_invalid', `The model gave a document a name that cannot be one. ${fault}`, { documentOnly: true });
  }
  const stem = stemOf(document);
  const base = stemShared ? document : stem;
  if (result === document) return stemShared ? `${document}/${document.split('/').at(-1)}` : result;
  if (result.startsWith(`${stem}.`) || result.startsWith(`${stem}-`)) return base + result.slice(stem.length);
  if (result.startsWith(`${stem}/`)) return base + result.slice(stem.length);
  return `${base}/${result}`;
}
