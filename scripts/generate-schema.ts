// `npm run schema`: migrates a throw-away database and writes supabase/schema.sql and src/db/types.ts from it.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { dumpSchema } from '@/db/schema-dump';

const ROOT = path.join(import.meta.dirname, '..');

/** What is generated from a migrated database, by its path from the root. */
export type Generated = Readonly<Record<'supabase/schema.sql' | 'src/db/types.ts', string>>;

async function describeSchema(adminUrl: string): Promise<string> {
  const client = new pg.Client(adminUrl);
  await client.connect();
  try {
    return await dumpSchema(client);
  } finally {
    await client.end();
  }
}

async function describeTypes(adminUrl: string): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pipeline-types-'));
  const file = path.join(folder, 'types.ts');
  const program = createRequire(import.meta.url).resolve('kysely-codegen/dist/cli/bin.js');
  const options = {
    '--dialect': 'postgres',
    '--url': 'env(DATABASE_URL)', // not as text: other processes may read what a process was started with
    '--include-pattern': '(public|auth).*',
    '--date-parser': 'string',
    '--out-file': file,
  };
  try {
    await promisify(execFile)(process.execPath, [program, ...Object.entries(options).flat()], {
      cwd: folder,
      env: { ...process.env, DATABASE_URL: adminUrl },
    });
    return await readFile(file, 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The generated files as they should be for the migrated database at this address. */
export async function generateFrom(adminUrl: string): Promise<Generated> {
  const [schema, types] = await Promise.all([describeSchema(adminUrl), describeTypes(adminUrl)]);
  return { 'supabase/schema.sql': schema, 'src/db/types.ts': types };
}

async function main(): Promise<void> {
  const { startCluster } = await import('../tests/support/cluster');
  const cluster = await startCluster();
  try {
    const url = new URL(cluster.adminUrl);
    url.pathname = `/${cluster.template}`;
    for (const [file, text] of Object.entries(await generateFrom(url.href))) {
      await writeFile(path.join(ROOT, file), text);
      console.log(`${file}: ${text.split('\n').length - 1} lines`);
    }
  } finally {
    await cluster.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
