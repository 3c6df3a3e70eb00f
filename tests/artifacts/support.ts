import { Readable } from 'node:stream';
import type { TestDatabase } from '@tests/support/database';
import type { Caller } from '@/db/session';
import type { RunFiles } from '@/domain/artifacts/run-files';

/** A safetensors file of one tensor of ones, written by hand. */
export function safetensors(values = 6): Buffer {
  const json = JSON.stringify({
    'base_model.model.x.lora_A.weight': { dtype: 'F32', shape: [values], data_offsets: [0, values * 4] },
  });
  const header = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.from(new Float32Array(values).fill(1).buffer)]);
}

export const CONFIG_JSON = JSON.stringify({
  peft_type: 'LORA',
  base_model_name_or_path: 'pipeline/tiny-byte-lm',
  r: 8,
  lora_alpha: 16,
  lora_dropout: 0.05,
  target_modules: ['q_proj', 'v_proj'],
});

/** What a good run leaves, and beside it what is never taken over. */
export const goodFiles = (): Record<string, Buffer> => ({
  'adapter_model.safetensors': safetensors(),
  'adapter_config.json': Buffer.from(CONFIG_JSON),
  'README.md': Buffer.from('An adapter.'),
  'training_args.bin': Buffer.from('a pickle'),
  '.hidden': Buffer.from('x'),
});

export function runOf(files: Record<string, Buffer>): RunFiles {
  return {
    list: async () => Object.entries(files).map(([name, content]) => ({ name, bytes: content.length })),
    // in pieces that end nowhere in particular
    read: async (name) =>
      Readable.from(
        (files[name] ?? Buffer.alloc(0))
          .toString('latin1')
          .match(/.{1,7}/gs)
          ?.map((part) => Buffer.from(part, 'latin1')) ?? [],
      ),
  };
}

/** A job that has run: two attempts of 90 s in all, a curve, and what it cost. */
export async function completedJob(db: TestDatabase, caller: Caller, status = 'completed'): Promise<string> {
  const { rows } = await db.admin.query<{ id: string }>(
    `insert into lora_training_jobs (user_id, name, status, base_model, step, tokens_done, current_cost)
     values ($1, 'My first "run" / Ümläut', $2, 'pipeline/tiny-byte-lm', 40, 2000, '0.0123456789') returning id`,
    [caller.userId, status],
  );
  const job = rows[0]?.id ?? '';
  await db.admin.query(
    `insert into lora_job_attempts (job_id, user_id, number, executor, worker, host, lease_until, price, units, started_at, ended_at, outcome)
     values ($1, $2, 1, 'local', 'w', 'h', now(), '{}', 1, '2026-05-01T10:00:00Z', '2026-05-01T10:00:30.250Z', 'lost'),
            ($1, $2, 2, 'local', 'w', 'h', now(), '{}', 1, '2026-05-01T10:01:00Z', '2026-05-01T10:02:00Z', 'completed')`,
    [job, caller.userId],
  );
  await db.admin.query(
    `insert into lora_metrics_points (user_id, job_id, attempt, step, metrics) values
       ($1, $2, 1, 10, '{"loss": 3.5}'), ($1, $2, 1, 20, '{"loss": 1.0, "validation_loss": 1.5}'),
       ($1, $2, 2, 20, '{"loss": 2.5}'), ($1, $2, 2, 30, '{"loss": "NaN", "validation_loss": 2}'),
       ($1, $2, 2, 40, '{"loss": 2.25, "validation_loss": 2.5}')`,
    [caller.userId, job],
  );
  return job;
}
