/** The rows of the product as its API shows them. Times are ISO 8601 texts, ids are UUIDs. */

export type JobStatus = 'queued' | 'initializing' | 'running' | 'completed' | 'failed' | 'cancelled';

/** What a run does at a moment, and what its time is charged as. */
export type RunPhase = 'setup' | 'training' | 'evaluation' | 'checkpoint' | 'saving' | 'idle' | 'lost';

export interface TrainingJob {
  id: string;
  name: string;
  status: JobStatus;
  /** `import`: brought in with its costs, never run here. */
  origin: 'pipeline' | 'import';
  external_ref: string | null;
  dataset_id: string | null;
  base_model: string | null;
  trainer: string | null;
  executor: string | null;
  gpu_type: string | null;
  gpu_count: number | null;
  tags: Record<string, string>;
  /** Null while nothing runs. */
  phase: RunPhase | null;
  step: number;
  total_steps: number | null;
  /** What its runs cost so far, in `currency`; null in a list for imported jobs, whose page reads it from the ledger. */
  cost: number | null;
  /** Decimal text with ten decimals. */
  cost_exact: string | null;
  currency: string;
  /** The middle of the forecast that was made when it was queued. */
  estimated_cost: number | null;
  estimated_cost_exact: string | null;
  /** The job that this one repeats. */
  retry_of: string | null;
  failure_cause: string | null;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  updated_at: string;
}

export interface CostRecord {
  id: string;
  user_id: string;
  job_id: string | null;
  cost_type: string;
  /** The double nearest to `amount_exact`. */
  amount: number;
  details: unknown;
  /** `YYYY-MM-DD`. */
  billing_period: string;
  recorded_at: string;
  /** Decimal text with ten decimals, in `currency`. */
  amount_exact: string;
  currency: string;
  state: 'open' | 'final';
  phase: string | null;
  source: string;
  /** The charge that this row corrects, or null. */
  corrects: string | null;
}
