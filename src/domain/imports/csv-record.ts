/**
 * One record of CSV (RFC 4180), fed line by line, because a quoted field may hold line breaks. Written here so that
 * every record knows the line on which it starts, and a record with a wrong quote costs no other record.
 */
export class CsvRecord {
  readonly fields: string[] = [];
  /** Characters taken so far. */
  length = 0;
  /** What is wrong with the quotes, or null. */
  fault: string | null = null;
  #quoted: string[] | null = null;

  /** Takes a line; gives false while a quoted field is still open at its end. */
  feed(line: string): boolean {
    this.length += line.length + 1;
    let at = 0;
    if (this.#quoted) {
      this.#quoted.push('\n');
      at = this.#closeQuoted(line, 0);
    }
    while (at >= 0 && at <= line.length && this.fault === null) {
      at = line[at] === '"' ? this.#openQuoted(line, at) : this.#plain(line, at);
    }
    return this.#quoted === null || this.fault !== null;
  }

  /** Takes an unquoted field from `at`; gives where the next one starts. */
  #plain(line: string, at: number): number {
    const comma = line.indexOf(',', at);
    const end = comma < 0 ? line.length : comma;
    const field = line.slice(at, end);
    if (field.includes('"')) {
      this.fault = `a quote stands inside the ${ordinal(this.fields.length + 1)} value; put quotes around the whole value and double those inside`;
    }
    this.fields.push(field);
    return end + 1;
  }

  #openQuoted(line: string, at: number): number {
    this.#quoted = [];
    return this.#closeQuoted(line, at + 1);
  }

  /** Takes the rest of a quoted field; gives where the next one starts, or -1 where the field goes on. */
  #closeQuoted(line: string, from: number): number {
    const parts = this.#quoted ?? [];
    let at = from;
    for (;;) {
      const quote = line.indexOf('"', at);
      if (quote < 0) {
        parts.push(line.slice(at));
        return -1;
      }
      parts.push(line.slice(at, quote));
      if (line[quote + 1] !== '"') return this.#endQuoted(line, quote + 1, parts);
      parts.push('"');
      at = quote + 2;
    }
  }

  #endQuoted(line: string, end: number, parts: string[]): number {
    this.#quoted = null;
    this.fields.push(parts.join(''));
    if (end < line.length && line[end] !== ',') {
      this.fault = `something follows the closing quote of the ${ordinal(this.fields.length)} value; quotes inside a quoted value are doubled`;
    }
    return end + 1;
  }
}

function ordinal(n: number): string {
  const teen = n % 100 > 10 && n % 100 < 14;
  return `${n}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`;
}
