import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { readRows } from './rows.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'pipeline-rows-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function rowsOf(content: string | Uint8Array): Promise<unknown[]> {
  const file = path.join(folder, 'rows.jsonl');
  writeFileSync(file, content);
  const rows: unknown[] = [];
  for await (const { row } of readRows(file)) rows.push(row);
  return rows;
}

describe('the rows of a file', () => {
  it('end with any kind of line, the last one with none', async () => {
    expect(await rowsOf('{"a":1}\r\n\n  \n{"a":2}\n{"a":3}')).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
  });

  it('are the same packed, also in several pieces', async () => {
    const packed = Buffer.concat([gzipSync('{"a":1}\n{"a'), gzipSync('":2}\n')]);
    expect(await rowsOf(packed)).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it('are null where they are no object, and where they are far too long', async () => {
    const long = `{"a":"${'x'.repeat(17 * 1024 * 1024)}"}`;
    expect(await rowsOf(`{"a":1}\n${long}\n7\n[]\nnull\n{"a":2}\n`)).toEqual([
      { a: 1 },
      null,
      null,
      null,
      null,
      { a: 2 },
    ]);
  });

  it('keep letters whole that lie across the pieces in which a file is read', async () => {
    const text = 'é'.repeat(100_000);
    expect(await rowsOf(`{"t":"x${text}"}\n`)).toEqual([{ t: `x${text}` }]);
  });
});
