import { inPieces } from '@tests/imports/support';
import type { TestDatabase } from '@tests/support/database';
import { importFile } from '@/domain/imports/import-file';
import type { ImportRequest } from '@/domain/imports/schema';
import { asSystem, type Flow, fresh, looking } from './flow';

/** What an import has brought into the ledger; what is only staged counts for nothing. */
const POSTED = `
  select (select count(*)::int from lora_cost_records where source like 'import:' || $1 || ':%') as charges,
    (select sum(amount)::text from lora_cost_records where source like 'import:' || $1 || ':%') as total,
    (select count(*)::int from lora_import_items where source = $1) as items`;

async function prepare(db: TestDatabase, kind: ImportRequest['kind'], csv: (user: string) => string, done: object) {
  const [source, { userId }] = [fresh(), await db.createUser()];
  return {
    act: (database: Parameters<typeof asSystem>[1]) =>
      importFile(asSystem(db, database), { kind, source, fileName: 'test' }, inPieces(csv(userId))),
    look: looking(db, source, POSTED),
    done,
  };
}

/** The import is closed, its staged lines go, and its lock is given back. */
const AFTER_POSTING = 7;

export const IMPORT_FLOWS: readonly Flow[] = [
  {
    name: 'import of charges',
    connections: 2,
    afterCommit: AFTER_POSTING,
    prepare: (db) =>
      prepare(
        db,
        'charges',
        (user) =>
          `external_id,user,recorded_at,cost_type,amount,job\na,${user},2026-06-01,compute,1.5,j\n` +
          `b,${user},2026-06-02,compute,2.5000000001,j\nc,${user},2026-06-03,storage,3,\n`,
        { charges: 3, total: '7.0000000001', items: 3 },
      ),
  },
  {
    name: 'import of usage',
    connections: 2,
    afterCommit: AFTER_POSTING,
    prepare: (db) =>
      prepare(
        db,
        'usage',
        (user) =>
          `external_id,user,started_at,ended_at,units,unit_price\n` +
          `u,${user},2026-06-01T00:05:00Z,2026-06-01T01:05:00Z,2,1.89\n`,
        { charges: 5, total: '3.7800000000', items: 1 },
      ),
  },
];
