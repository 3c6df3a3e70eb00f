import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvRecord } from '@/domain/imports/csv-record';

/** Feeds lines until a record is whole. */
function read(...lines: string[]): CsvRecord {
  const record = new CsvRecord();
  for (const line of lines) if (record.feed(line)) break;
  return record;
}

describe('a CSV record', () => {
  it.each([
    ['plain values', ['a,b,c'], ['a', 'b', 'c']],
    ['empty values', [',,'], ['', '', '']],
    ['a comma inside quotes', ['"a,b",c'], ['a,b', 'c']],
    ['doubled quotes', ['"say ""hi""",x'], ['say "hi"', 'x']],
    ['an empty quoted value', ['"",x'], ['', 'x']],
    ['a line break inside quotes', ['"a', 'b",c'], ['a\nb', 'c']],
    ['several line breaks and commas inside quotes', ['x,"a,', '', ',b",c'], ['x', 'a,\n\n,b', 'c']],
    ['blanks around values', [' a , b '], [' a ', ' b ']],
    ['a trailing comma', ['a,'], ['a', '']],
  ])('keeps %s', (_what, lines, fields) => {
    const record = read(...lines);
    expect(record.fault).toBeNull();
    expect(record.fields).toEqual(fields);
  });

  it('says which value has a quote inside', () => {
    expect(read('ok,5" disk,x').fault).toContain('inside the 2nd value');
  });

  it('says which value goes on after its closing quote', () => {
    expect(read('a,b,"c"d').fault).toContain('closing quote of the 3rd value');
  });

  it('does not take the next line along when a quote is misplaced', () => {
    const record = new CsvRecord();
    expect(record.feed('5" disk,x')).toBe(true);
  });

  it('waits for more while a quoted value is open', () => {
    const record = new CsvRecord();
    expect(record.feed('a,"open')).toBe(false);
    expect(record.feed('still open')).toBe(false);
    expect(record.feed('closed",z')).toBe(true);
    expect(record.fields).toEqual(['a', 'open\nstill open\nclosed', 'z']);
  });

  it('reads whatever a correct writer writes, as csv-parse does', () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', ' ', ';', '𝄞', "'"), maxLength: 12 });
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const written = (text: string, always: boolean) => (always || /[",\n]/.test(text) ? quoted(text) : text);
    fc.assert(
      fc.property(fc.array(fc.tuple(field, fc.boolean()), { minLength: 2, maxLength: 8 }), (fields) => {
        const text = fields.map(([value, always]) => written(value, always)).join(',');
        const record = read(...text.split('\n'));
        expect(record.fault).toBeNull();
        expect(record.fields).toEqual(fields.map(([value]) => value));
        expect([record.fields]).toEqual(parse(text, { relax_column_count: true, skip_empty_lines: false }));
      }),
      { numRuns: 2_000 },
    );
  });

  it('either reads any text as csv-parse does, or calls it faulty', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', 'b'), minLength: 1, maxLength: 14 });
    fc.assert(
      fc.property(text, (raw) => {
        const lines = raw.split('\n');
        const record = new CsvRecord();
        const used = lines.findIndex((line) => record.feed(line));
        const whole = used >= 0 && record.fault === null;
        const taken = lines.slice(0, used + 1).join('\n');
        if (whole && taken !== '') expect(parse(taken, { relax_column_count: true })).toEqual([record.fields]);
        if (record.fault !== null) {
          // the same text, ended here, is refused by the other reader too
          expect(() => parse(taken, { relax_column_count: true })).toThrow();
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
