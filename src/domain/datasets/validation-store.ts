import { type CompiledQuery, sql, type Transaction } from 'kysely';
import { builder } from '@/db/builder';
import type { DB } from '@/db/types';
import type { DatasetFormat } from '@/domain/datasets/formats';
import type { DatasetReport } from '@/domain/datasets/schema';
import type { TokenizerName } from '@/domain/datasets/tokenizers';

/** A dataset that waits for its validation. */
export interface WaitingDataset {
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  readonly file_key: string;
  readonly tokenizer: TokenizerName;
  readonly validation_share: number;
}

/** Whatever another run of the validation did, this asks the row. */
export function waitingStatement(id: string): CompiledQuery<WaitingDataset> {
  return sql<WaitingDataset>`
    select id, user_id, name, file_key, tokenizer, validation_share::float8 as validation_share
    from lora_datasets
    where id = ${id}::uuid and status = 'validating' and file_key is not null and tokenizer is not null`.compile(
    builder,
  );
}

export interface Progress {
  readonly bytesRead: number;
  readonly rows: number;
  readonly tokens: number;
}

/** Writes how far the validation has come; no row where the dataset is gone or another run has ended it. */
export function progressStatement(id: string, { bytesRead, rows, tokens }: Progress): CompiledQuery<{ id: string }> {
  return sql<{ id: string }>`
    update lora_datasets set bytes_read = ${bytesRead}, rows_total = ${rows}, tokens = ${tokens}, updated_at = now()
    where id = ${id}::uuid and status = 'validating' returning id`.compile(builder);
}

export interface Findings {
  readonly format: DatasetFormat | null;
  readonly rows: { readonly total: number; readonly training: number; readonly validation: number };
  readonly tokens: number;
  readonly report: DatasetReport;
}

/** Ends the validation; false where another run has, or the dataset is gone. */
export async function endValidation(
  tx: Transaction<DB>,
  id: string,
  end: { failure: string | null; findings: Findings | null; at: Date },
): Promise<boolean> {
  const { failure, findings, at } = end;
  const { rows } = await sql`
    update lora_datasets set status = ${failure === null ? 'ready' : 'invalid'}, failure = ${failure},
      format = ${findings?.format ?? null}, rows_total = ${findings?.rows.total ?? null},
      rows_training = ${findings?.rows.training ?? null}, rows_validation = ${findings?.rows.validation ?? null},
      tokens = ${findings?.tokens ?? null}, report = ${findings ? JSON.stringify(findings.report) : null}::jsonb,
      bytes_read = bytes, validated_at = ${at}, updated_at = now()
    where id = ${id}::uuid and status = 'validating' returning id`.execute(tx);
  return rows.length > 0;
}
