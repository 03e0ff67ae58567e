import { createCipheriv, createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, deflateSync } from 'node:zlib';

/** A document whose bytes follow from its name and size alone, so that every run of a test has the same. */
export interface SampleDocument {
  name: string;
  contentType: string;
  size: number;
  /** The bytes again, from the start, at most a mebibyte at a time. */
  open(): Readable;
}

const MEBIBYTE = 1024 * 1024;
const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

/** What people really put into a workflow: several kinds, awkward names, one that is empty. About 400 kB. */
export function mixedDocuments(): SampleDocument[] {
  return [
    held('March statement.pdf', 'application/pdf', pdf('Statement of account, March 2026')),
    held('Kontoauszug März 2026.pdf', 'application/pdf', pdf('Kontoauszug')),
    held('請求書 0042.pdf', 'application/pdf', pdf('Invoice 0042')),
    held('Überweisungen – Größe.csv', 'text/csv', csv(2_000)),
    held('scan 001.png', 'image/png', png(320, 200)),
    held('contract (signed) v2.docx', DOCX, docx('The parties agree.')),
    held('plain.txt', 'text/plain', Buffer.from('A line.\r\nAnother line without an end')),
    held('empty.txt', 'text/plain', Buffer.alloc(0)),
  ];
}

/** A document of pseudo-random bytes that no step of a pipeline can compress or hold by accident. */
export function largeDocument(bytes = 200 * 1000 * 1000, name = 'Archive of all scans.bin'): SampleDocument {
  return { name, contentType: 'application/octet-stream', size: bytes, open: () => Readable.from(noise(name, bytes)) };
}

export async function sha256(document: SampleDocument): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of document.open()) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Writes the documents into a folder under their own names and answers their paths in the same order. */
export async function writeDocuments(folder: string, documents: readonly SampleDocument[]): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const paths: string[] = [];
  for (const document of documents) {
    const path = join(folder, document.name);
    await pipeline(document.open(), createWriteStream(path));
    paths.push(path);
  }
  return paths;
}

function held(name: string, contentType: string, bytes: Buffer): SampleDocument {
  return { name, contentType, size: bytes.length, open: () => Readable.from([bytes], { objectMode: false }) };
}

/** The key stream of AES-128-CTR under a key made from the name. */
function* noise(name: string, bytes: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-128-ctr', createHash('sha256').update(name).digest().subarray(0, 16), Buffer.alloc(16));
  const zeros = Buffer.alloc(MEBIBYTE);
  for (let left = bytes; left > 0; left -= MEBIBYTE) yield cipher.update(left < MEBIBYTE ? zeros.subarray(0, left) : zeros);
}

/** A PDF of one page, with the cross-reference table that readers check. */
function pdf(text: string): Buffer {
  const content = `BT /F1 18 Tf 72 720 Td (${text.replace(/[()\\]/g, '\\$&')}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let body = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = body.length;
    body += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const count = objects.length + 1;
  return Buffer.from(
    `${body}xref\n0 ${count}\n0000000000 65535 f \n${table}trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${body.length}\n%%EOF\n`,
    'latin1',
  );
}

function csv(rows: number): Buffer {
  const lines = ['Datum;Empfänger;Betrag;Währung'];
  for (let row = 0; row < rows; row += 1) {
    lines.push(`2026-03-${String((row % 28) + 1).padStart(2, '0')};"Müller & Söhne ""${row}""";${((row * 7919) % 100_000) / 100};€`);
  }
  return Buffer.from(`\uFEFF${lines.join('\r\n')}\r\n`);
}

function png(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const typed = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(typed), 4);
    return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rows.set([x & 255, y & 255, (x * y) & 255], y * (1 + width * 3) + 1 + x * 3);
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

function docx(text: string): Buffer {
  return zip({
    '[Content_Types].xml': `<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="${DOCX}.main+xml"/></Types>`,
    '_rels/.rels':
      '<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
    'word/document.xml': `<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>${text}</w:t></w:r></w:p></w:body></w:document>`,
  });
}

/**
 * A ZIP archive without compression and with the same time everywhere (APPNOTE 6.3, sections 4.3.7, 4.3.12,
 * 4.3.16).
 */
function zip(files: Record<string, string>): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const bytes = Buffer.from(text);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt32LE(0x5c_21_00_00, 6);
    shared.writeUInt32LE(crc32(bytes), 10);
    shared.writeUInt32LE(bytes.length, 14);
    shared.writeUInt32LE(bytes.length, 18);
    shared.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), shared, Buffer.from(name), bytes]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), shared, place, Buffer.from(name)]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}
