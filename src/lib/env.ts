import path from 'node:path';
import { z } from 'zod';
import { duration, isNetwork, list, most, oneOf, size, webUrl } from '@/lib/env-values';
import type { LogLevel } from '@/lib/log';

/** Where the facts live and who signs people in. Nothing outside this file decides it. */
export type Mode = 'embedded' | 'postgres' | 'supabase';

/** Who may make an account: the first person only, or everybody. */
export type SignupPolicy = 'first' | 'open';

/** Where datasets, checkpoints and adapters lie: a folder of this machine, or a private bucket of Supabase Storage. */
export type FilesPlace =
  | { kind: 'local'; folder: string }
  | { kind: 'supabase'; url: string; secretKey: string; bucket: string };

/** How attempts are run by the workers of this installation; times in ms. */
export interface WorkerSettings {
  /** Whether the server works as well, or leaves that to `pipeline worker`. */
  inServer: boolean;
  /** Runs of one worker at a time. */
  slots: number;
  /** A worker that does not renew an attempt for so long loses it to another. */
  leaseMs: number;
  /** How often what runs told and cost is written. */
  tickMs: number;
  /** A run without a step for so long is called stuck. */
  stuckMs: number;
}

/** What the environment says, parsed once at the start. */
export interface Env {
  host: string;
  port: number;
  /** Absolute. */
  dataDir: string;
  mode: Mode;
  /** Set unless the mode is `embedded`; the administrator's address. */
  databaseUrl: string | null;
  /** Set in the mode `supabase` only. */
  supabase: { url: string; publishableKey: string } | null;
  signup: SignupPolicy;
  files: FilesPlace;
  /**
   * Bytes of one uploaded file, and of all files of one account; jobs of one account that workers have in hand, and jobs
   * that wait.
   */
  limits: { uploadBytes: number; storageBytes: number; runningJobs: number; queuedJobs: number };
  worker: WorkerSettings;
  /** A JSON file that lists further trainers, absolute; null: the embedded one alone. */
  trainersFile: string | null;
  /** Host names (or `name:port`) in lower case, besides the loopback names and HOST. */
  allowedHosts: string[];
  /** Addresses or networks (`10.0.0.0/8`) whose X-Forwarded-For is believed. */
  trustedProxies: string[];
  /** Where people reach the product, without a slash at the end. */
  publicUrl: string;
  /** Whether PIPELINE_PUBLIC_URL said so; else `publicUrl` was made of HOST and PORT. */
  publicUrlGiven: boolean;
  logLevel: LogLevel;
  /** Multiplies every limit of requests per time; 1 unless set. */
  rateLimit: number;
}

/** The environment asks for something impossible; the message has one sentence per variable. */
export class EnvError extends Error {
  override readonly name = 'EnvError';
}

const ROOT = path.resolve(import.meta.dirname, '../..');

const Variables = z.object({
  HOST: z
    .string()
    .regex(/^[\w.:-]+$/, 'HOST must be an address or a name of this machine, such as 127.0.0.1 or 0.0.0.0.')
    .default('127.0.0.1'),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'PORT must be a whole number from 1 to 65535.')
    .transform(Number)
    .refine((port) => port >= 1 && port <= 65_535, 'PORT must be a whole number from 1 to 65535.')
    .default(3000),
  PIPELINE_DATA_DIR: z.string().optional(),
  DATABASE_URL: z
    .string()
    .refine(
      (text) => /^postgres(ql)?:$/.test(URL.parse(text)?.protocol ?? ''),
      'DATABASE_URL must look like postgres://user:password@host:5432/database.',
    )
    .optional(),
  SUPABASE_URL: webUrl('SUPABASE_URL').optional(),
  SUPABASE_PUBLISHABLE_KEY: z.string().optional(),
  SUPABASE_ANON_KEY: z.string().optional(),
  SUPABASE_SECRET_KEY: z.string().optional(),
  SUPABASE_SERVICE_ROLE_KEY: z.string().optional(),
  PIPELINE_FILES: oneOf('PIPELINE_FILES', ['local', 'supabase']).default('local'),
  PIPELINE_FILES_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'PIPELINE_FILES_BUCKET must be a name of small letters and digits.')
    .default('pipeline'),
  PIPELINE_MAX_UPLOAD_MB: size('PIPELINE_MAX_UPLOAD_MB', 1e6, 512),
  PIPELINE_MAX_STORAGE_GB: size('PIPELINE_MAX_STORAGE_GB', 1e9, 10),
  PIPELINE_MAX_RUNNING_JOBS: most('PIPELINE_MAX_RUNNING_JOBS', 4),
  PIPELINE_MAX_QUEUED_JOBS: most('PIPELINE_MAX_QUEUED_JOBS', 50),
  PIPELINE_WORKER: oneOf('PIPELINE_WORKER', ['on', 'off']).default('on'),
  PIPELINE_WORKER_SLOTS: most('PIPELINE_WORKER_SLOTS', 1),
  PIPELINE_LEASE_S: duration('PIPELINE_LEASE_S', 1_000, [15, 2, 3_600]),
  PIPELINE_TICK_S: duration('PIPELINE_TICK_S', 1_000, [5, 0.1, 300]),
  PIPELINE_STUCK_MINUTES: duration('PIPELINE_STUCK_MINUTES', 60_000, [15, 1, 10_000]),
  PIPELINE_TRAINERS: z.string().optional(),
  PIPELINE_SIGNUP: oneOf('PIPELINE_SIGNUP', ['first', 'open']).default('first'),
  PIPELINE_ALLOWED_HOSTS: list.refine(
    (hosts) => hosts.every((host) => /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/.test(host)),
    'PIPELINE_ALLOWED_HOSTS must be host names separated by commas, such as pipeline.example.com,10.0.0.5:3000.',
  ),
  PIPELINE_TRUSTED_PROXIES: list.refine(
    (proxies) => proxies.every(isNetwork),
    'PIPELINE_TRUSTED_PROXIES must be addresses or networks separated by commas, such as 127.0.0.1,10.0.0.0/8.',
  ),
  PIPELINE_PUBLIC_URL: webUrl('PIPELINE_PUBLIC_URL').optional(),
  PIPELINE_LOG_LEVEL: oneOf('PIPELINE_LOG_LEVEL', ['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  PIPELINE_RATE_LIMIT: z
    .string()
    .transform(Number)
    .refine((factor) => factor > 0 && factor <= 1e6, 'PIPELINE_RATE_LIMIT must be a number above 0, at most 1000000.')
    .default(1),
});

type Parsed = z.infer<typeof Variables>;

function parse(source: Record<string, string | undefined>): Parsed {
  const given = Object.fromEntries(Object.entries(source).filter(([, value]) => value?.trim()));
  const parsed = Variables.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new EnvError(parsed.error.issues.map((issue) => issue.message).join('\n'));
}

function readSupabase(variables: Parsed): Env['supabase'] {
  const key = variables.SUPABASE_PUBLISHABLE_KEY ?? variables.SUPABASE_ANON_KEY;
  if (!variables.SUPABASE_URL && !key) return null;
  if (!variables.SUPABASE_URL)
    throw new EnvError('A key of Supabase is set, but SUPABASE_URL is not: set both or neither.');
  if (!key) throw new EnvError('SUPABASE_URL is set: set SUPABASE_PUBLISHABLE_KEY (or SUPABASE_ANON_KEY) as well.');
  if (variables.DATABASE_URL) return { url: variables.SUPABASE_URL, publishableKey: key };
  throw new EnvError(
    'SUPABASE_URL is set: set DATABASE_URL as well, to the connection string of the same project (its session pooler or direct one).',
  );
}

function readFilesPlace(variables: Parsed, dataDir: string): FilesPlace {
  if (variables.PIPELINE_FILES === 'local') return { kind: 'local', folder: path.join(dataDir, 'files') };
  const secretKey = variables.SUPABASE_SECRET_KEY ?? variables.SUPABASE_SERVICE_ROLE_KEY;
  if (variables.SUPABASE_URL && secretKey) {
    return { kind: 'supabase', url: variables.SUPABASE_URL, secretKey, bucket: variables.PIPELINE_FILES_BUCKET };
  }
  throw new EnvError(
    'PIPELINE_FILES is supabase: set SUPABASE_URL and SUPABASE_SECRET_KEY (or SUPABASE_SERVICE_ROLE_KEY) as well.',
  );
}

function localUrl({ HOST, PORT }: Parsed): string {
  const isLocal = ['127.0.0.1', '::1', '0.0.0.0', '::'].includes(HOST);
  const name = isLocal ? 'localhost' : HOST.includes(':') ? `[${HOST}]` : HOST;
  return `http://${name}:${PORT}`;
}

/**
 * Reads the environment; empty variables count as absent.
 * @throws EnvError with a sentence for each variable that is wrong.
 */
export function readEnv(source: Record<string, string | undefined>): Env {
  const variables = parse(source);
  const supabase = readSupabase(variables);
  const databaseUrl = variables.DATABASE_URL ?? null;
  const dataDir = variables.PIPELINE_DATA_DIR
    ? path.resolve(variables.PIPELINE_DATA_DIR)
    : path.join(ROOT, '.pipeline');
  return {
    host: variables.HOST,
    port: variables.PORT,
    dataDir,
    mode: supabase ? 'supabase' : databaseUrl ? 'postgres' : 'embedded',
    databaseUrl,
    supabase,
    signup: variables.PIPELINE_SIGNUP,
    files: readFilesPlace(variables, dataDir),
    limits: {
      uploadBytes: variables.PIPELINE_MAX_UPLOAD_MB,
      storageBytes: variables.PIPELINE_MAX_STORAGE_GB,
      runningJobs: variables.PIPELINE_MAX_RUNNING_JOBS,
      queuedJobs: variables.PIPELINE_MAX_QUEUED_JOBS,
    },
    worker: {
      inServer: variables.PIPELINE_WORKER === 'on',
      slots: variables.PIPELINE_WORKER_SLOTS,
      leaseMs: variables.PIPELINE_LEASE_S,
      tickMs: variables.PIPELINE_TICK_S,
      stuckMs: variables.PIPELINE_STUCK_MINUTES,
    },
    trainersFile: variables.PIPELINE_TRAINERS ? path.resolve(variables.PIPELINE_TRAINERS) : null,
    allowedHosts: variables.PIPELINE_ALLOWED_HOSTS,
    trustedProxies: variables.PIPELINE_TRUSTED_PROXIES,
    publicUrl: variables.PIPELINE_PUBLIC_URL ?? localUrl(variables),
    publicUrlGiven: variables.PIPELINE_PUBLIC_URL !== undefined,
    logLevel: variables.PIPELINE_LOG_LEVEL,
    rateLimit: variables.PIPELINE_RATE_LIMIT,
  };
}
