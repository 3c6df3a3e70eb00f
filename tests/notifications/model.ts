/** A row as the model keeps it: nothing but what the rules of an inbox need. */
export interface ModelRow {
  id: string;
  seq: number;
  read: boolean;
  /** The number since which it counts as unread. */
  since: number;
  archived: boolean;
  thread: string | null;
  key: string | null;
}

/** What a producer writes. */
export interface ModelEvent {
  thread: string | null;
  key: string | null;
}

/**
 * One inbox in plain memory: the rules, written once more and without a database. `last` is the number last given; the
 * watermark is kept as it is meant ("what became unread up to here is read"), rows are a list in the order of birth.
 */
export class ModelInbox {
  rows: ModelRow[] = [];
  last = 0;
  watermark = 0;
  /** Keys of rows that are gone. */
  buried = new Set<string>();

  isUnread(row: ModelRow): boolean {
    return !row.read && row.since > this.watermark;
  }

  get unreadCount(): number {
    return this.rows.filter((row) => this.isUnread(row) && !row.archived).length;
  }

  private knows(key: string | null): boolean {
    return key !== null && (this.buried.has(key) || this.rows.some((row) => row.key === key));
  }

  /** Events of one statement, in their order; gives the numbers of those that are new. */
  add(events: readonly ModelEvent[]): number[] {
    const added: ModelRow[] = [];
    for (const { thread, key } of events) {
      if (this.knows(key)) continue;
      this.last += 1;
      const row = { id: '', seq: this.last, read: false, since: this.last, archived: false, thread, key };
      this.rows.push(row);
      added.push(row);
    }
    for (const thread of new Set(added.map((row) => row.thread))) {
      if (thread === null) continue;
      const latest = Math.max(...added.filter((row) => row.thread === thread).map((row) => row.seq));
      for (const row of this.rows.filter((each) => each.thread === thread && each.seq < latest)) this.markRead(row);
    }
    return added.map((row) => row.seq);
  }

  markRead(row: ModelRow): void {
    if (this.isUnread(row)) this.last += 1;
    row.read = true;
  }

  /** Gives whether the row became unread; then it took the last number. */
  markUnread(row: ModelRow): boolean {
    if (this.isUnread(row)) return false;
    this.last += 1;
    row.read = false;
    row.since = this.last;
    return true;
  }

  readAll(upTo: number): void {
    if (upTo <= this.watermark) return;
    this.watermark = upTo;
    this.last += 1;
  }

  archive(row: ModelRow, archived: boolean): void {
    if (row.archived === archived) return;
    row.archived = archived;
    this.last += 1;
  }

  remove(row: ModelRow): void {
    this.rows = this.rows.filter((each) => each !== row);
    if (row.key !== null) this.buried.add(row.key);
    this.last += 1;
  }

  /** What the list should show, newest first. */
  list(state: 'inbox' | 'archived', unread: boolean): ModelRow[] {
    return this.rows
      .filter((row) => row.archived === (state === 'archived') && (!unread || this.isUnread(row)))
      .sort((a, b) => b.seq - a.seq);
  }
}
