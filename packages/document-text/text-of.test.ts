import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { DocumentTextError } from './document-text-error.ts';
import { htmlText } from './html-text.ts';
import { paragraph, pdfOf, pdfOfSpaces, WORD, wordOf } from './testing/documents.ts';
import { type Parsing, textOf as textOfDocument } from './text-of.ts';

const signal = new AbortController().signal;
/** There is always a place. */
const parsing: Parsing = { signal, inTurn: (work) => work() };
const textOf = (document: Parameters<typeof textOfDocument>[0], by: Parsing = parsing) => textOfDocument(document, by);

function failsWith(code: string) {
  return (error: unknown) => {
    assert.ok(error instanceof DocumentTextError, String(error));
    assert.equal(error.code, code);
    return true;
  };
}

/** What an expression gives, with the functions of a file, in a process of little memory. */
function inSmallHeap(file: string, expression: string): string {
  const program = `import * as all from ${JSON.stringify(new URL(file, import.meta.url).href)}; Object.assign(globalThis, all);
    process.stdout.write(String(${expression}));`;
  const flags = ['--max-old-space-size=64', '--input-type=module'];
  return execFileSync(process.execPath, [...flags, '--eval', program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
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

  it('has line ends of one kind, whatever the encoding', async () => {
    // Of U+0D0A and U+0A0D each byte is half of another character.
    const sent = 'a\r\nb\rc\n\r\r\nd\u0d0a\u0a0d\r';
    const little = Buffer.from(`\ufeff${sent}`, 'utf16le');
    for (const bytes of [Buffer.from(sent), little, Buffer.from(little).swap16()]) {
      const { text } = await textOf({ name: 'a.txt', contentType: 'text/plain', bytes });
      assert.equal(text, 'a\nb\nc\n\n\nd\u0d0a\u0a0d\n');
    }
    const { text } = await textOf({ name: 'a.txt', contentType: 'text/plain', bytes: Buffer.from('ü\r\n\r', 'latin1') });
    assert.equal(text, 'ü\n\n');
  });

  it('is not taken of more plain text than models are given, though most of it be line ends', async () => {
    const long = { name: 'a.txt', contentType: 'text/plain' };
    const mebibyte = 1024 ** 2;
    await assert.rejects(textOf({ ...long, bytes: Buffer.alloc(64 * mebibyte, '\r') }), failsWith('too_large'));
    await assert.rejects(textOf({ ...long, bytes: Buffer.alloc(8_000_001, 'a') }), failsWith('too_large'));
    await assert.rejects(textOf({ ...long, bytes: Buffer.alloc(8_000_001, 'é', 'latin1') }), failsWith('too_large'));
    assert.equal((await textOf({ ...long, bytes: Buffer.alloc(10_000_000, '\ra\r\n') })).text.length, 7_500_000);
    assert.equal((await textOf({ ...long, bytes: Buffer.alloc(24_000_000, '€') })).text.length, 8_000_000);
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

  it('ends a parser whose bytes grow beyond what a thread may have beside its heap', async () => {
    const bomb = pdfOfSpaces(400);
    assert.ok(bomb.length < 64 * 1024);
    await assert.rejects(textOf({ name: 'a.pdf', contentType: 'application/pdf', bytes: bomb }), failsWith('too_large'));
    // As much as an honest document may have.
    await assert.rejects(textOf({ name: 'a.pdf', contentType: 'application/pdf', bytes: pdfOfSpaces(20) }), failsWith('empty'));
  });

  it('has its tables by rows and columns, whatever their cells span', async () => {
    const rows =
      '<tr><th colspan="2">Item</th><th>Price</th></tr><tr><td rowspan="2">A</td><td>Bolt</td><td>2</td></tr><tr><td>Nut</td><td>3</td></tr>';
    const html = `<table><tbody>${rows}</tbody></table>`;
    const { text } = await textOf({ name: 'a.html', contentType: 'text/html', bytes: Buffer.from(html) });
    assert.deepEqual(text.split('\n'), ['Item       Price', 'A   Bolt   2', '    Nut    3']);
  });

  // V8 ends the whole process when one allocation is far beyond the heap: so these are read in another one.
  it('takes memory for the cells of a table, and not for the places that they span', () => {
    const row = (span: string) => `<table><tr><td ${span}>x</td><td>y</td></tr></table>`;
    const cell = (text: string, properties = '') => `<w:tc><w:tcPr>${properties}</w:tcPr>${paragraph(text)}</w:tc>`;
    const word = wordOf(`<w:tbl><w:tr>${cell('x', '<w:gridSpan w:val="100000000"/>')}${cell('y')}</w:tr></w:tbl>`);
    assert.match(inSmallHeap('html-text.ts', `htmlText(${JSON.stringify(row('colspan="100000000"'))})`), /^x +y$/);
    assert.match(inSmallHeap('html-text.ts', `htmlText(${JSON.stringify(row('rowspan="100000000"'))})`), /^x +y$/);
    assert.match(inSmallHeap('word-text.ts', `await wordText(Buffer.from('${word.toString('base64')}', 'base64'))`), /^x +y$/);
  });

  it('is refused when spaces alone, between the columns of tables, make it too long', () => {
    const html =
      "'<table><tr><td>' + 'x'.repeat(20_000) + '</td><td>y</td></tr>' + '<tr><td>a</td><td>b</td></tr>'.repeat(5_000) + '</table>'";
    const code = inSmallHeap('html-text.ts', `(() => { try { return htmlText(${html}).length; } catch (error) { return error.code; } })()`);
    assert.equal(code, 'too_large');
  });

  it('is refused when too many cells of a table reach into too many rows', () => {
    const html = `<table>${'<tr><td rowspan="65534">a</td></tr>'.repeat(5_000)}</table>`;
    assert.throws(() => htmlText(html), { code: 'too_large' });
    // A long one in which each does no more than into the next.
    assert.match(htmlText(`<table>${'<tr><td rowspan="2">a</td><td>b</td></tr>'.repeat(3_000)}</table>`), /^a/);
  });

  it('is refused when the marks of quotations and lists within one another make it too long', () => {
    for (const [open, levels, lines] of [
      ['<blockquote>', 400, 50_000],
      ['<ul><li>', 300, 50_000],
    ] as const) {
      const html = `${JSON.stringify(open)}.repeat(${levels}) + 'x<br>'.repeat(${lines})`;
      const code = inSmallHeap(
        'html-text.ts',
        `(() => { try { return htmlText(${html}).length; } catch (error) { return error.code; } })()`,
      );
      assert.equal(code, 'too_large', open);
    }
  });

  it('has what is behind 16 Mi characters of a page', async () => {
    const bytes = Buffer.from(`<p>begin<img src="data:image/png;base64,${'A'.repeat(16 * 1024 ** 2)}"><p>TOTAL 42`);
    const { text } = await textOf({ name: 'a.html', contentType: 'text/html', bytes });
    assert.match(text, /^begin\s+TOTAL 42$/);
  });

  it('ends a parser that is stopped', async () => {
    const stop = AbortSignal.timeout(30);
    const document = { name: 'a.pdf', contentType: 'application/pdf', bytes: pdfOf(Array.from({ length: 2_000 }, () => 'line')) };
    await assert.rejects(textOf(document, { ...parsing, signal: stop }), { name: 'TimeoutError' });
  });

  it('is parsed when there is a place for it, and not before; a little plain text needs none', async () => {
    const begins: (() => void)[] = [];
    const inTurn: Parsing['inTurn'] = async (work) => {
      await new Promise<void>((resolve) => begins.push(resolve));
      return work();
    };
    const { text } = await textOf({ name: 'a.txt', contentType: 'text/plain', bytes: Buffer.from('plain') }, { signal, inTurn });
    assert.equal(text, 'plain');
    assert.equal(begins.length, 0);
    for (const [document, expected] of [
      [{ name: 'a.html', contentType: 'text/html', bytes: Buffer.from('<p>page') }, 'page'],
      [{ name: 'a.csv', contentType: 'text/csv', bytes: Buffer.alloc(256 * 1024 + 1, 'x') }, 'x'.repeat(256 * 1024 + 1)],
    ] as const) {
      const parsed = textOf(document, { signal, inTurn });
      assert.equal(begins.length, 1, document.name);
      begins.pop()?.();
      assert.equal((await parsed).text, expected);
    }
  });
});
