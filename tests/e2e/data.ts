import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { type ProductPlace, pipeline } from './product';

const DAY_MS = 86_400_000;
const UNIT = 10n ** 10n;
/** All within the last 30 times 24 hours, so that the month shows every one of them. */
const DAYS = 30;

export const PASSWORD = 'correct horse battery';

export const newEmail = (name = 'ada'): string => `${name}-${randomUUID().slice(0, 8)}@example.com`;

/** A charge of a made-up month, its amount as a whole number of 10^-10. */
export interface MadeCharge {
  type: string;
  amount: bigint;
  at: Date;
  currency: string;
}

/** Ten decimals, as the import reads them. Independent of the product's own way of writing money. */
export function decimalText(amount: bigint): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(11, '0');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -10)}.${digits.slice(-10)}`;
}

/** `1,234.5678901234`: the digits a person sees as "exactly", without zeros at the end beyond two decimals. */
export function exactText(amount: bigint): string {
  const [whole = '', decimals = ''] = decimalText(amount).split('.');
  return `${BigInt(whole).toLocaleString('en-US')}.${decimals.replace(/0+$/, '').padEnd(2, '0')}`;
}

/** `$1,234.57`: half away from zero, for amounts above zero. */
export function dollars(amount: bigint): string {
  const cents = (amount + 5n * 10n ** 7n) / 10n ** 8n;
  return `$${(cents / 100n).toLocaleString('en-US')}.${(cents % 100n).toString().padStart(2, '0')}`;
}

export const sumOf = (charges: readonly MadeCharge[]): bigint =>
  charges.reduce((sum, charge) => sum + charge.amount, 0n);

/** A month of a small team, ending an hour ago: quiet weekends, one expensive night, a storage bill that trickles. */
export function madeMonth(now = Date.now()): MadeCharge[] {
  return Array.from({ length: DAYS }, (_, index) => {
    const at = new Date(now - 3_600_000 - (DAYS - 1 - index) * DAY_MS);
    const weekend = at.getUTCDay() === 0 || at.getUTCDay() === 6;
    const wave = BigInt(1 + ((index * 7919) % 97));
    const compute = ((weekend ? 9n : 34n) + wave / 3n + (index === 17 ? 52n : 0n)) * UNIT + wave * 123_456_789n;
    return [
      { type: 'compute', amount: compute },
      { type: 'storage', amount: (11n * UNIT) / 10n + BigInt(index) * 41_152_263n },
      { type: 'platform_fee', amount: compute / 31n },
      ...(index % 9 === 4 ? [{ type: 'egress', amount: 3n }] : []),
    ].map((charge) => ({ ...charge, at, currency: 'USD' }));
  }).flat();
}

/** Imports charges for an account by the command that people use. */
export async function importCharges(place: ProductPlace, email: string, charges: readonly MadeCharge[]): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pipeline-e2e-csv-'));
  try {
    const lines = charges.map(({ type, amount, at, currency }, index) =>
      [`${email}-${at.getTime()}-${index}`, at.toISOString(), type, decimalText(amount), currency].join(','),
    );
    const file = path.join(folder, 'charges.csv');
    writeFileSync(file, `external_id,recorded_at,cost_type,amount,currency\n${lines.join('\n')}\n`);
    await pipeline(place, 'import', 'charges', file, '--set', `user=${email}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export interface MadeNotification {
  type: string;
  title: string;
  message: string;
  priority?: 'low' | 'medium' | 'high' | 'urgent';
  actionUrl?: string;
  minutesAgo?: number;
}

/** Puts rows into the inbox by plain SQL, as any program with the database's address may. */
export async function insertNotifications(place: ProductPlace, email: string, rows: readonly MadeNotification[]) {
  const client = new pg.Client({ connectionString: place.databaseUrl });
  await client.connect();
  try {
    for (const row of rows) {
      await client.query(
        `insert into lora_notifications (user_id, type, title, message, priority, action_url, created_at)
         select id, $2, $3, $4, $5, $6, now() - make_interval(mins => $7) from auth.users where email = $1`,
        [email, row.type, row.title, row.message, row.priority ?? 'medium', row.actionUrl ?? null, row.minutesAgo ?? 0],
      );
    }
  } finally {
    await client.end();
  }
}

/** A believable inbox, oldest first. */
export const MADE_INBOX: readonly MadeNotification[] = [
  {
    type: 'dataset_ready',
    title: 'Dataset “tickets-october” is valid',
    message: '12,480 examples, 3 % duplicates removed. A run on it would take about 2 hours.',
    priority: 'low',
    minutesAgo: 4_000,
  },
  {
    type: 'job_completed',
    title: 'Run “catalog-qa” is done',
    message: 'It cost $38.10, $1.90 less than estimated. Evaluation loss 0.812.',
    minutesAgo: 1_500,
  },
  {
    type: 'artifact_ready',
    title: 'Adapter of “catalog-qa” is ready',
    message: '184 MB in safetensors. Download it, or start the next run from it.',
    actionUrl: 'https://example.com/catalog-qa',
    minutesAgo: 1_490,
  },
  {
    type: 'job_stuck',
    title: 'Run “night-batch” makes no progress',
    message: 'No training step for 20 minutes while its GPU is billed at $1.89 an hour. Look at its log, or cancel it.',
    priority: 'high',
    minutesAgo: 190,
  },
  {
    type: 'job_failed',
    title: 'Run “support-tone-v3” failed',
    message: 'It ran out of GPU memory after 2 h 14 min and cost $14.32. Lower the batch size from 16 to 8 and retry.',
    priority: 'urgent',
    minutesAgo: 12,
  },
];
