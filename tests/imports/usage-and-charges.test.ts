import { createTestDatabase } from '@tests/support/database';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { importText, rowsOf, stateOf } from './support';

const db = await createTestDatabase();
afterAll(() => db.drop());

interface Charge {
  amount: string;
  recorded_at: Date;
  phase: string | null;
  cost_type: string;
  currency: string;
  billing_period: string;
  state: string;
  details: Record<string, unknown> | null;
  tags: Record<string, string>;
  job: string | null;
  alias: string | null;
}

const chargesOf = (source: string): Promise<Charge[]> =>
  rowsOf<Charge>(
    db,
    `select r.amount::text, r.recorded_at, r.phase, r.cost_type, r.currency, r.billing_period::text, r.state, r.details,
       r.tags, j.external_ref as job, a.alias
     from lora_cost_records r
     left join lora_training_jobs j on j.id = r.job_id and j.id = r.job_ref
     left join lora_accounts a on a.user_id = r.user_id
     where r.source = $1 order by r.recorded_at, r.phase`,
    [source],
  );

const USAGE = 'external_id,user,started_at,ended_at,units,unit_price,job,phase,tags,details\n';
const CHARGES = 'external_id,user,recorded_at,cost_type,amount\n';

describe('usage', () => {
  it('becomes one final charge per UTC quarter-hour, tied to an imported job', async () => {
    const line = `u1,team-a,2026-11-01T10:10:00Z,2026-11-01T10:40:30Z,2,3.6,run one,training,"{""team"":""a""}","{""gpu"":""H100""}"`;
    const report = await importText(db, { kind: 'usage', createUsers: true }, `${USAGE}${line}\n`);
    expect(report).toMatchObject({
      outcome: 'posted',
      lines: 1,
      newLines: 1,
      madeAccounts: 1,
      madeJobs: 1,
      charges: 3,
    });
    expect(report.sums).toEqual([{ currency: 'USD', costType: 'compute', amount: '3.6600000000' }]);
    const charges = await chargesOf('import:usage:u1');
    // 2 × 3.6 an hour is 0.002 a second: 300 s, 900 s, 630 s
    expect(charges.map((charge) => [charge.recorded_at.toISOString(), charge.amount])).toEqual([
      ['2026-11-01T10:00:00.000Z', '0.6000000000'],
      ['2026-11-01T10:15:00.000Z', '1.8000000000'],
      ['2026-11-01T10:30:00.000Z', '1.2600000000'],
    ]);
    expect(charges[1]).toMatchObject({
      phase: 'training',
      cost_type: 'compute',
      state: 'final',
      billing_period: '2026-11-01',
      job: 'run one',
      alias: 'team-a',
      tags: { team: 'a' },
      details: { quantity_ms: 900_000, units: '2', unit: 'hour', unit_price: '3.6', line: { gpu: 'H100' } },
    });
  });

  it.each([
    ['hour', ['2026-11-02T22:00:00.000Z', '2026-11-02T23:00:00.000Z', '2026-11-03T00:00:00.000Z']],
    ['day', ['2026-11-02T00:00:00.000Z', '2026-11-03T00:00:00.000Z']],
  ] as const)('is cut by UTC %ss where that is asked for', async (bucket, starts) => {
    const line = `cut-${bucket},team-a,2026-11-02T22:30:00Z,2026-11-03T00:30:00Z,1,1.89,,,,`;
    await importText(db, { kind: 'usage', bucket }, `${USAGE}${line}\n`);
    const charges = await chargesOf(`import:usage:cut-${bucket}`);
    expect(charges.map((charge) => charge.recorded_at.toISOString())).toEqual(starts);
  });

  it('costs the same to the last digit however it is cut and however odd its price is', async () => {
    // an oracle of its own: the cost of the whole, rounded once, half away from zero
    const cost = (ms: number, units: bigint, price: bigint) => {
      const exact = units * price * BigInt(ms);
      const per = 3_600_000n * 10n ** 10n;
      return (2n * exact + per) / (2n * per);
    };
    const decimal = (tenBillionths: bigint) => {
      const digits = tenBillionths.toString().padStart(11, '0');
      return `${digits.slice(0, -10)}.${digits.slice(-10)}`;
    };
    const rows = fc.sample(
      fc.record({
        start: fc.integer({ min: 1_700_000_000_000, max: 1_790_000_000_000 }),
        ms: fc.integer({ min: 0, max: 40 * 3_600_000 }),
        units: fc.bigInt({ min: 0n, max: 200n * 10n ** 10n }),
        price: fc.bigInt({ min: 0n, max: 100n * 10n ** 10n }),
      }),
      { numRuns: 120, seed: 20_261_123 },
    );
    const lines = rows.map(
      (row, i) =>
        `x-${i},team-b,${new Date(row.start).toISOString()},${new Date(row.start + row.ms).toISOString()},${decimal(row.units)},${decimal(row.price)},,,,`,
    );
    for (const bucket of ['quarter', 'hour', 'day'] as const) {
      const request = { kind: 'usage', source: `odd-${bucket}`, bucket, createUsers: true } as const;
      await importText(db, request, USAGE + lines.join('\n'));
      const sums = await rowsOf<{ n: string; sum: string }>(
        db,
        `select split_part(source, ':x-', 2) as n, sum(amount)::text as sum from lora_cost_records
         where source like $1 group by source`,
        [`import:odd-${bucket}:%`],
      );
      const bySource = new Map(sums.map((row) => [Number(row.n), row.sum]));
      for (const [i, row] of rows.entries()) {
        const exact = decimal(cost(row.ms, row.units, row.price));
        expect(bySource.get(i) ?? '0.0000000000').toBe(exact);
      }
    }
  });

  it('of no time is known ever after and costs nothing', async () => {
    const text = `${USAGE}none,team-a,2026-11-01T10:00:00Z,2026-11-01T10:00:00Z,1,1,,,,\n`;
    expect(await importText(db, { kind: 'usage' }, text)).toMatchObject({ newLines: 1, charges: 0, sums: [] });
    expect(await importText(db, { kind: 'usage' }, text)).toMatchObject({ newLines: 0, unchangedLines: 1 });
  });

  it('that makes thousands of charges arrives whole', async () => {
    const text = `${USAGE}long,team-c,2026-01-01T00:00:00Z,2026-02-10T00:00:00Z,1,1.89,,,,\n`;
    const report = await importText(db, { kind: 'usage', createUsers: true }, text);
    expect(report).toMatchObject({ newLines: 1, charges: 40 * 96 });
    expect(report.sums[0]?.amount).toBe('1814.4000000000');
  });
});

describe('charges', () => {
  it('arrive as they stand, several currencies apart', async () => {
    const text =
      'external_id,user,recorded_at,cost_type,amount,currency,billing_period,job,tags\n' +
      'c1,team-a,2026-10-05T12:34:56.789Z,storage,-3.0000000001,eur,2026-09-30,run one,"{""k"":""v""}"\n' +
      'c2,team-a,2026-10-05,platform_fee,29,,,,\n';
    const report = await importText(db, { kind: 'charges' }, text);
    expect(report.sums).toEqual([
      { currency: 'EUR', costType: 'storage', amount: '-3.0000000001' },
      { currency: 'USD', costType: 'platform_fee', amount: '29.0000000000' },
    ]);
    expect(report.madeJobs).toBe(0);
    expect(await chargesOf('import:charges:c1')).toMatchObject([
      {
        amount: '-3.0000000001',
        currency: 'EUR',
        billing_period: '2026-09-30',
        job: 'run one',
        tags: { k: 'v' },
        details: null,
      },
    ]);
    const [second] = await chargesOf('import:charges:c2');
    expect([second?.recorded_at.toISOString(), second?.billing_period]).toEqual([
      '2026-10-05T00:00:00.000Z',
      '2026-10-05',
    ]);
  });

  it('keep the roll-ups equal to the records', async () => {
    const differing = await rowsOf(
      db,
      `select user_id, day, currency, cost_type, amount from lora_cost_days where off = 0
       except
       select user_id, (recorded_at at time zone 'utc')::date, currency, cost_type, sum(amount)
       from lora_cost_records group by 1, 2, 3, 4`,
    );
    expect(differing).toEqual([]);
  });
});

describe('jobs', () => {
  it('that a file names are final, imported, one per user and name, and span all their lines', async () => {
    const text = `${USAGE}j1,team-j,2026-11-05T10:00:00Z,2026-11-05T11:00:00Z,1,1,same,,,
j2,team-j,2026-11-03T10:00:00Z,2026-11-03T11:00:00Z,1,1,same,,,
j3,team-k,2026-11-04T10:00:00Z,2026-11-04T11:00:00Z,1,1,same,,,
`;
    const report = await importText(db, { kind: 'usage', createUsers: true }, text);
    expect(report.madeJobs).toBe(2);
    await importText(db, { kind: 'usage', source: 'more' }, `${USAGE}j4,team-j,2026-11-06,2026-11-07,1,1,same,,,\n`);
    const jobs = await rowsOf(
      db,
      `select a.alias, j.name, j.status, j.origin, j.dataset_id, j.started_at, j.ended_at
       from lora_training_jobs j join lora_accounts a using (user_id) where j.external_ref = 'same' order by alias`,
    );
    expect(jobs).toEqual([
      {
        alias: 'team-j',
        name: 'same',
        status: 'completed',
        origin: 'import',
        dataset_id: null,
        started_at: new Date('2026-11-03T10:00:00Z'),
        ended_at: new Date('2026-11-07T00:00:00Z'),
      },
      expect.objectContaining({ alias: 'team-k', started_at: new Date('2026-11-04T10:00:00Z') }),
    ]);
  });
});

describe('users', () => {
  it('are found by e-mail in any case, by id, and by alias', async () => {
    const caller = await db.createUser('ada@example.test');
    await importText(db, { kind: 'charges', createUsers: true }, `${CHARGES}a0,Known Alias,2026-11-01,x,1\n`);
    const text = `${CHARGES}a1,Ada@Example.TEST,2026-11-01,x,1\na2,${caller.userId.toUpperCase()},2026-11-01,x,1\na3,Known Alias,2026-11-01,x,1\n`;
    expect(await importText(db, { kind: 'charges' }, text)).toMatchObject({
      newLines: 3,
      accounts: 2,
      madeAccounts: 0,
    });
    const rows = await rowsOf<{ user_id: string }>(
      db,
      `select user_id from lora_cost_records where source in ('import:charges:a1', 'import:charges:a2')`,
    );
    expect(rows).toEqual([{ user_id: caller.userId }, { user_id: caller.userId }]);
  });

  it('that are missing are bad lines, and nothing changes', async () => {
    const before = await stateOf(db);
    const unknown = '00000000-0000-4000-8000-000000000000';
    const text = `${CHARGES}m1,nobody@example.test,2026-11-01,x,1\nm2,${unknown},2026-11-01,x,1\nm3,No Such,2026-11-01,x,1\n`;
    const report = await importText(db, { kind: 'charges' }, text);
    expect(report.outcome).toBe('refused');
    expect(report.problems).toEqual([
      {
        line: 2,
        reason: expect.stringContaining('no account "nobody@example.test"; check the spelling, or add --create-users'),
      },
      { line: 3, reason: `user: there is no account with the id ${unknown}` },
      { line: 4, reason: expect.stringContaining('no account "No Such"') },
    ]);
    expect(await stateOf(db)).toBe(before);
  });

  it('that are missing are made where that is asked for, without a password; an id cannot be made', async () => {
    const text = `${CHARGES}n1,new@example.test,2026-11-01,x,1\nn2,New Alias,2026-11-01,x,1\nn3,11111111-0000-4000-8000-000000000000,2026-11-01,x,1\n`;
    const report = await importText(db, { kind: 'charges', createUsers: true, skipBad: true }, text);
    expect(report).toMatchObject({ outcome: 'posted', newLines: 2, badLines: 1, madeAccounts: 2 });
    const made = await rowsOf(
      db,
      `select u.email, a.alias, u.encrypted_password from auth.users u left join lora_accounts a on a.user_id = u.id
       where u.email = 'new@example.test' or a.alias = 'New Alias' order by u.email nulls last`,
    );
    expect(made).toEqual([
      { email: 'new@example.test', alias: null, encrypted_password: null },
      { email: null, alias: 'New Alias', encrypted_password: null },
    ]);
  });

  it('are not made for a file that is refused, nor for bad lines that are skipped', async () => {
    const text = `${CHARGES}p1,ghost-1,2026-11-01,x,1\np2,ghost-2,2026-11-01,x,NaN\np3,ghost-3,2026-11-01,x,2\np3,ghost-3,2026-11-01,x,3\n`;
    expect((await importText(db, { kind: 'charges', createUsers: true }, text)).outcome).toBe('refused');
    expect(await rowsOf(db, `select from lora_accounts where alias like 'ghost-%'`)).toEqual([]);
    expect(await importText(db, { kind: 'charges', createUsers: true, skipBad: true }, text)).toMatchObject({
      newLines: 1,
      badLines: 3,
      madeAccounts: 1,
    });
    expect(await rowsOf(db, `select alias from lora_accounts where alias like 'ghost-%'`)).toEqual([
      { alias: 'ghost-1' },
    ]);
  });
});

it('an account that is deleted takes its items along, and may be imported anew', async () => {
  const text = `${CHARGES}del1,leaver,2026-11-01,x,1\n`;
  await importText(db, { kind: 'charges', createUsers: true }, text);
  await db.admin.query(`delete from auth.users where id = (select user_id from lora_accounts where alias = 'leaver')`);
  expect(await rowsOf(db, `select from lora_import_items where external_id = 'del1'`)).toEqual([]);
  expect(await importText(db, { kind: 'charges', createUsers: true }, text)).toMatchObject({
    newLines: 1,
    madeAccounts: 1,
  });
});

it('an import leaves nothing behind but its items and its history', async () => {
  expect(await rowsOf(db, 'select from lora_import_lines')).toEqual([]);
  expect(await rowsOf(db, 'select from lora_import_accounts')).toEqual([]);
  expect(await rowsOf(db, `select from lora_imports where status <> 'done' or posted ? 'sums'`)).toEqual([]);
});
