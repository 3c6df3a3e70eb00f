/** The rows of the product as its API shows them. Times are ISO 8601 texts, ids are UUIDs. */

export type JobStatus = 'queued' | 'initializing' | 'running' | 'completed' | 'failed' | 'cancelled';

export interface TrainingJob {
  id: string;
  name: string;
  status: JobStatus;
  /** `import`: brought in with its costs, never run here. */
  origin: 'pipeline' | 'import';
  external_ref: string | null;
  dataset_id: string | null;
  tags: Record<string, string>;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
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
