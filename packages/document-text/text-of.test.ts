import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { crc32, deflateRawSync } from 'node:zlib';
import { DocumentTextError } from './document-text-error.ts';
import { textOf } from './text-of.ts';

const WORD = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

/** A PDF with one line on each page, as small as the format allows (ISO 32000-1). */
function pdfOf(lines: readonly string[], trailer = ''): Buffer {
  const objects = ['<< /Type /Catalog /Pages 2 0 R >>'];
  const pages = lines.map((_, index) => `${4 + index * 2} 0 R`).join(' ');
  objects.push(`<< /Type /Pages /Kids [${pages}] /Count ${lines.length} >>`, '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>');
  for (const [index, line] of lines.entries()) {
    const content = `BT /F1 12 Tf 72 720 Td (${line}) Tj ET`;
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${5 + index * 2} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
      `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    );
  }
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const at = text.length;
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  for (const offset of offsets) text += `${String(offset).padStart(10, '0')} 00000 n \n`;
  return Buffer.from(`${text}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer}>>\nstartxref\n${at}\n%%EOF\n`, 'latin1');
}

/** APPNOTE.TXT of PKWARE, without anything that a reader does not ask for. */
function zipOf(files: Readonly<Record<string, string | Buffer>>, claim: (size: number) => number = (size) => size): Buffer {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content);
    const packed = deflateRawSync(bytes);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt32LE(crc32(bytes), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(claim(bytes.length), 18);
    facts.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, place, Buffer.from(name)]));
    const entry = Buffer.concat([Buffer.from('PK\x03\x04'), facts, Buffer.from(name), packed]);
    pieces.push(entry);
    at += entry.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...pieces, entries, end]);
}

function wordOf(body: string, more: Readonly<Record<string, Buffer>> = {}, claim?: (size: number) => number): Buffer {
  const files = {
    '[Content_Types].xml': `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="${WORD}.main+xml"/></Types>`,
    '_rels/.rels':
      '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
    'word/document.xml': `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${body}</w:body></w:document>`,
    ...more,
  };
  return zipOf(files, claim);
}

const paragraph = (text: string) => `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`;

function failsWith(code: string) {
  return (error: unknown) => {
    assert.ok(error instanceof DocumentTextError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}

describe('the text of a document', () => {
  it('is read page by page from a PDF', async () => {
    const { text, pages } = await textOf({
      name: 'invoice.pdf',
      contentType: 'application/pdf',
      bytes: pdfOf(['Invoice 17', 'Total 12.50 EUR']),
    });
    assert.equal(text, 'Invoice 17\n\nTotal 12.50 EUR');
    assert.equal(pages, 2);
  });

  it('is read from a Word document, tables by rows', async () => {
    const cell = (text: string) => `<w:tc>${paragraph(text)}</w:tc>`;
    const table = `<w:tbl><w:tr>${cell('Item')}${cell('Price')}</w:tr><w:tr>${cell('Bolt')}${cell('2')}</w:tr></w:tbl>`;
    const { text } = await textOf({ name: 'a.docx', contentType: WORD, bytes: wordOf(paragraph('Invoice 17') + table) });
    assert.match(text, /^Invoice 17\n+Item +Price\nBolt +2$/);
  });

  it('is what a reader of an HTML page reads', async () => {
    const html =
      '<title>Shop</title><style>b{}</style><script>alert(1)</script><h1>Invoice</h1><p>Total &euro;&nbsp;12 <a href="https://x.example">here</a></p>';
    const { text } = await textOf({ name: 'a.html', contentType: 'text/html; charset=utf-8', bytes: Buffer.from(html) });
    assert.match(text, /^Shop\n+Invoice\n+Total €\s12 here$/);
  });

  it('is decoded from UTF-8, UTF-16 with a byte order mark and Windows-1252', async () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('Müller €', 'utf16le')]);
    const windows1252 = Buffer.concat([Buffer.from('Müller ', 'latin1'), Buffer.from([0x80])]);
    for (const bytes of [Buffer.from('\ufeffMüller €'), utf16, windows1252]) {
      const { text } = await textOf({ name: 'a.txt', contentType: 'text/plain', bytes });
      assert.equal(text, 'Müller €');
    }
  });

  it('goes by the name when the content type says nothing', async () => {
    const { text } = await textOf({ name: 'a.csv', contentType: 'application/octet-stream', bytes: Buffer.from('a;b\r\n1;2') });
    assert.equal(text, 'a;b\n1;2');
    await assert.rejects(textOf({ name: 'a.png', contentType: 'image/png', bytes: Buffer.from('x') }), failsWith('unsupported'));
  });

  it('fails by name for what is damaged, locked or empty', async () => {
    const pdf = 'application/pdf';
    await assert.rejects(textOf({ name: 'a.pdf', contentType: pdf, bytes: Buffer.from('no PDF') }), failsWith('unreadable'));
    await assert.rejects(textOf({ name: 'a.pdf', contentType: pdf, bytes: pdfOf(['']) }), failsWith('empty'));
    const encrypt = `/ID [<${'00'.repeat(16)}> <${'00'.repeat(16)}>] /Encrypt << /Filter /Standard /V 1 /R 2 /O <${'11'.repeat(32)}> /U <${'22'.repeat(32)}> /P -4 >> `;
    await assert.rejects(textOf({ name: 'a.pdf', contentType: pdf, bytes: pdfOf(['secret'], encrypt) }), failsWith('locked'));
    await assert.rejects(textOf({ name: 'a.docx', contentType: WORD, bytes: Buffer.from('no zip') }), failsWith('unreadable'));
    const cfb = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(512)]);
    await assert.rejects(textOf({ name: 'a.docx', contentType: WORD, bytes: cfb }), failsWith('locked'));
    await assert.rejects(textOf({ name: 'a.txt', contentType: 'text/plain', bytes: Buffer.from(' \n') }), failsWith('empty'));
  });

  it('refuses a small file that unpacks to very much before it is unpacked', async () => {
    const zeros = { 'word/media/zero.bin': Buffer.alloc(101 * 1024 * 1024) };
    // As it is, and with a directory that says it were small.
    for (const [claim, code] of [
      [(size: number) => size, 'too_large'],
      [(size: number) => Math.min(size, 5_000), 'unreadable'],
    ] as const) {
      const bomb = wordOf(paragraph('small'), zeros, claim);
      assert.ok(bomb.length < 1024 * 1024);
      await assert.rejects(textOf({ name: 'a.docx', contentType: WORD, bytes: bomb }), failsWith(code));
    }
  });

  it('ends a parser that is stopped', async () => {
    const stop = AbortSignal.timeout(30);
    await assert.rejects(
      textOf({ name: 'a.pdf', contentType: 'application/pdf', bytes: pdfOf(Array.from({ length: 2_000 }, () => 'line')) }, stop),
      { name: 'TimeoutError' },
    );
  });
});
