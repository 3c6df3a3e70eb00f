import pg from 'pg';

/** A setting that lets a crash take acknowledged data along. */
export interface DurabilityGap {
  setting: string;
  value: string;
}

/** Each with the values under which a commit is on disk before it is acknowledged. */
const SAFE = {
  fsync: ['on'],
  full_page_writes: ['on'],
  synchronous_commit: ['on', 'local', 'remote_write', 'remote_apply'],
} as const;

/** The settings of a server under which a crash of its machine may lose data; empty when all is well. */
export async function readDurability(url: string): Promise<DurabilityGap[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'pipeline-check' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const gaps: DurabilityGap[] = [];
    for (const [setting, safe] of Object.entries(SAFE)) {
      const { rows } = await client.query<{ value: string }>('select current_setting($1) as value', [setting]);
      const value = rows[0]?.value ?? '';
      if (!(safe as readonly string[]).includes(value)) gaps.push({ setting, value });
    }
    return gaps;
  } finally {
    await client.end();
  }
}
