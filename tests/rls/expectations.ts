import type { Account } from './support/accounts';

/** Roles that the product's sessions and functions run in, and the owner of the tables. */
export type Role =
  | 'anon'
  | 'authenticated'
  | 'service_role'
  | 'ledger_keeper'
  | 'pipeline_owner'
  | 'pipeline_app'
  | 'pipeline_worker';

/** Columns that a right covers. */
export type Columns = 'all' | readonly string[];

/** What a role may do: `authenticated` with the caller's own rows, the others with everybody's. */
export interface Rights {
  readonly select?: true;
  readonly insert?: Columns;
  readonly update?: Columns;
  readonly delete?: true;
}

export interface TableExpectation {
  /** Every role that may do something; who is not named here may do nothing. */
  readonly may: Partial<Record<Role, Rights>>;
  /** Which rows are an account's, as a condition. */
  readonly rowsOf: (account: Account) => string;
  /** Another row for an account: an SQL expression for every column that can be written. */
  readonly newRow: (account: Account) => Readonly<Record<string, string>>;
  /** The account's only row of this table has to go before another one can come. */
  readonly oneRowEach?: true;
  /** Nobody's rows: every account may read all of them. */
  readonly shared?: true;
  /** Not even the table's owner or the administrator may empty it, nor any table whose emptying would empty it too. */
  readonly keepsItsRows?: true;
}

const READS: Rights = { select: true };
const WRITES: Rights = { select: true, insert: 'all', update: 'all', delete: true };

const byUser = (account: Account) => `user_id = '${account.user}'`;
const text = (value: string) => `'${value}'`;
const NOW = 'now()';
const NULL = 'null';
const NEW_ID = 'gen_random_uuid()';
const HASH = `sha256('another')`;

const rollUp = (key: Readonly<Record<string, string>>, counts: readonly string[]): TableExpectation => ({
  may: { authenticated: READS, service_role: READS, ledger_keeper: WRITES },
  rowsOf: byUser,
  newRow: (a) => ({
    user_id: text(a.user),
    currency: `'EUR'`,
    cost_type: `'egress'`,
    amount: '1',
    ...key,
    ...Object.fromEntries(counts.map((count) => [count, '1'])),
  }),
});

/** What identity keeps: the service alone works with it, and the owner of the schema when it migrates. */
const identity = (
  rowsOf: TableExpectation['rowsOf'],
  newRow: TableExpectation['newRow'],
  service: Rights = WRITES,
): TableExpectation => ({ may: { service_role: service, pipeline_owner: WRITES }, rowsOf, newRow });

/** One entry for every table of the schemas public and auth; a table without an entry fails. */
export const TABLES: Readonly<Record<string, TableExpectation>> = {
  lora_accounts: {
    may: {
      authenticated: {
        select: true,
        insert: ['user_id', 'timezone', 'currency'],
        update: ['timezone', 'currency', 'updated_at'],
      },
      service_role: { select: true, insert: 'all', update: 'all' },
    },
    rowsOf: byUser,
    newRow: (a) => ({
      user_id: text(a.user),
      alias: NULL,
      timezone: `'Europe/Berlin'`,
      currency: `'EUR'`,
      created_at: NOW,
      updated_at: NOW,
    }),
    oneRowEach: true,
  },
  lora_datasets: {
    may: { authenticated: READS, service_role: WRITES },
    rowsOf: byUser,
    newRow: (a) => ({
      id: NEW_ID,
      user_id: text(a.user),
      name: `'another'`,
      status: `'ready'`,
      created_at: NOW,
      file_name: `'data.jsonl'`,
      bytes: '1',
      sha256: HASH,
      file_key: `'datasets/another'`,
      tokenizer: `'llama3'`,
      format: `'text'`,
      validation_share: '0.1',
      rows_total: '1',
      rows_training: '1',
      rows_validation: '0',
      tokens: '1',
      report: `'{}'`,
      failure: NULL,
      validated_at: NOW,
      bytes_read: '0',
      updated_at: NOW,
    }),
  },
  lora_prices: {
    may: {
      authenticated: READS,
      service_role: { select: true, insert: 'all', update: ['valid_to'] },
    },
    rowsOf: (a) => `provider = ${text(a.name.toLowerCase())}`,
    newRow: (a) => ({
      id: NEW_ID,
      provider: text(a.name.toLowerCase()),
      sku: `'another'`,
      kind: `'gpu'`,
      gpu_type: `'cpu'`,
      gpu_memory_gb: NULL,
      gpu_count: '1',
      region: `'any'`,
      purchase_option: `'owned'`,
      unit: `'hour'`,
      unit_price: '1',
      currency: `'USD'`,
      increment_ms: '1',
      minimum_ms: '0',
      billed_phases: NULL,
      version: '1',
      valid_from: `'2026-01-01Z'`,
      valid_to: `'2026-02-01Z'`,
      origin: `'a list'`,
      observed_on: `'2026-01-01'`,
      created_at: NOW,
    }),
    shared: true,
  },
  lora_training_jobs: {
    may: {
      authenticated: READS,
      service_role: WRITES,
      pipeline_owner: READS, // its function asks whether a job is really gone
    },
    rowsOf: byUser,
    newRow: (a) => ({
      id: NEW_ID,
      user_id: text(a.user),
      dataset_id: text(a.dataset),
      name: `'another'`,
      status: `'queued'`,
      created_at: NOW,
      started_at: NULL,
      ended_at: NULL,
      origin: `'pipeline'`,
      external_ref: NULL,
      tags: `'{}'`,
      archived_at: NULL,
      base_model: NULL,
      preset: NULL,
      hyperparameters: NULL,
      trainer: NULL,
      executor: NULL,
      gpu_type: NULL,
      gpu_count: NULL,
      price_id: NULL,
      currency: `'USD'`,
      max_runtime_ms: NULL,
      retry_of: NULL,
      phase: NULL,
      step: '0',
      total_steps: NULL,
      epoch: NULL,
      tokens_done: '0',
      latest_metrics: NULL,
      current_cost: '0',
      progress_at: NULL,
      cancel_requested_at: NULL,
      failure_cause: NULL,
      failure_message: NULL,
      updated_at: NOW,
      thinned_at: NULL,
    }),
  },
  lora_job_attempts: {
    may: { authenticated: READS, service_role: WRITES },
    rowsOf: byUser,
    newRow: (a) => ({
      id: NEW_ID,
      job_id: text(a.job),
      user_id: text(a.user),
      number: '2',
      executor: `'local'`,
      worker: `'a worker'`,
      host: `'a host'`,
      fence: '1',
      lease_until: NOW,
      price: `'{}'`,
      units: '1',
      claimed_at: NOW,
      started_at: NOW,
      ended_at: NOW,
      metered_to: NULL,
      cost: '0',
      outcome: `'lost'`,
      cause: NULL,
      exit_code: NULL,
      exit_signal: NULL,
      resumed_from_step: NULL,
      cost_by_phase: `'{}'`,
      checkpoint_step: NULL,
      checkpoint_at: NULL,
      cleared_at: NULL,
    }),
  },
  lora_job_segments: {
    may: { authenticated: READS, service_role: WRITES },
    rowsOf: byUser,
    newRow: (a) => ({
      attempt_id: text(a.attempt),
      number: '2',
      user_id: text(a.user),
      phase: `'training'`,
      started_at: NOW,
      ended_at: NULL,
      first_step: NULL,
      last_step: NULL,
    }),
  },
  lora_job_log_lines: {
    may: { authenticated: READS, service_role: { select: true, insert: 'all', delete: true } },
    rowsOf: byUser,
    newRow: (a) => ({
      job_id: text(a.job),
      user_id: text(a.user),
      attempt: '1',
      line_no: '2',
      stream: `'stdout'`,
      logged_at: NOW,
      line: `'another line'`,
    }),
  },
  lora_estimates: {
    may: { authenticated: READS, service_role: WRITES },
    rowsOf: byUser,
    newRow: (a) => ({
      job_id: text(a.job),
      user_id: text(a.user),
      gpu_type: `'cpu'`,
      gpu_count: '1',
      trainer: `'tiny'`,
      parameters: '1',
      rank: '8',
      max_length: '512',
      tokens: '1',
      steps: '1',
      currency: `'USD'`,
      cost_low: '1',
      cost_middle: '1',
      cost_high: '1',
      duration_low_ms: '1',
      duration_middle_ms: '1',
      duration_high_ms: '1',
      breakdown: `'{}'`,
      basis: `'{}'`,
      created_at: NOW,
      finished_at: NULL,
      actual_cost: NULL,
      actual_ms: NULL,
      actual_training_ms: NULL,
      actual_tokens: NULL,
    }),
    oneRowEach: true,
  },
  lora_download_links: {
    may: { service_role: { select: true, insert: 'all', delete: true } },
    rowsOf: byUser,
    newRow: (a) => ({
      token_hash: HASH,
      user_id: text(a.user),
      artifact_id: text(a.artifact),
      file_name: NULL,
      expires_at: NOW,
      created_at: NOW,
    }),
  },
  lora_idempotency_keys: {
    may: { authenticated: READS, service_role: { select: true, insert: 'all', delete: true } },
    rowsOf: byUser,
    newRow: (a) => ({ user_id: text(a.user), key: `'another'`, request_hash: HASH, answer: `'{}'`, created_at: NOW }),
  },
  lora_metrics_points: {
    may: { authenticated: READS, service_role: WRITES },
    rowsOf: byUser,
    newRow: (a) => ({
      user_id: text(a.user),
      job_id: text(a.job),
      step: '2',
      metrics: `'{}'`,
      recorded_at: NOW,
      attempt: '1',
      grain: '1',
    }),
  },
  lora_model_artifacts: {
    may: { authenticated: READS, service_role: WRITES },
    rowsOf: byUser,
    newRow: (a) => ({
      id: NEW_ID,
      user_id: text(a.user),
      job_id: text(a.job),
      name: `'another'`,
      files: `'[]'`,
      created_at: NOW,
      job_ref: NULL,
      status: `'ready'`,
      base_model: NULL,
      adapter: NULL,
      bytes: '0',
      quality: NULL,
      price_id: NULL,
      price: NULL,
      stored_from: NULL,
      metered_to: NULL,
      deleted_at: NULL,
      updated_at: NOW,
    }),
  },
  lora_cost_records: {
    may: {
      authenticated: READS,
      service_role: { select: true, insert: 'all', update: ['amount', 'details', 'state'] },
      ledger_keeper: READS,
    },
    rowsOf: (a) => `id = '${a.openCharge}'`, // of the final ones no role changes anything
    newRow: (a) => ({
      id: NEW_ID,
      user_id: text(a.user),
      job_id: text(a.job),
      cost_type: `'compute'`,
      amount: '1',
      details: NULL,
      billing_period: `'2026-01-02'`,
      recorded_at: `'2026-01-02Z'`,
      currency: `'USD'`,
      state: `'open'`,
      source: `'attempt:another'`,
      phase: NULL,
      job_ref: text(a.job),
      tags: `'{}'`,
      is_estimate: 'false',
      corrects: NULL,
      correction_key: NULL,
    }),
    keepsItsRows: true,
  },
  lora_cost_state: {
    may: { authenticated: READS, service_role: READS, ledger_keeper: WRITES },
    rowsOf: byUser,
    newRow: (a) => ({ user_id: text(a.user), version: '1' }),
    oneRowEach: true,
  },
  lora_cost_zone_offsets: {
    may: { authenticated: READS, service_role: READS, ledger_keeper: WRITES },
    rowsOf: byUser,
    newRow: (a) => ({ user_id: text(a.user), off: '8' }),
  },
  lora_cost_days: rollUp({ off: '0', day: `'2026-01-02'` }, ['n', 'open_n', 'job_amount']),
  lora_cost_quarters: rollUp({ bucket: `'2026-01-02Z'` }, ['n', 'open_n', 'job_amount']),
  lora_cost_job_days: rollUp({ job_ref: NEW_ID, day: `'2026-01-02'` }, ['n']),
  lora_cost_job_life: {
    may: { authenticated: READS, service_role: READS, ledger_keeper: WRITES },
    rowsOf: byUser,
    newRow: (a) => ({
      user_id: text(a.user),
      job_ref: NEW_ID,
      currency: `'EUR'`,
      amount: '1',
      open_from: NULL,
      first_bucket: `'2026-01-02Z'`,
      last_bucket: `'2026-01-02Z'`,
      span: 'default',
    }),
  },
  lora_inbox_state: {
    may: {
      authenticated: { select: true, update: ['read_upto'] },
      service_role: { select: true, update: ['folded_upto'] },
      ledger_keeper: { select: true, insert: 'all', update: 'all' },
    },
    rowsOf: byUser,
    newRow: (a) => ({
      user_id: text(a.user),
      last_seq: '0',
      unread_count: '0',
      read_upto: '0',
      read_upto_at: NULL,
      read_upto_before: '0',
      read_all_seq: '0',
      folded_upto: '0',
      floor_seq: '0',
    }),
    oneRowEach: true,
  },
  lora_notifications: {
    may: {
      authenticated: { select: true, update: ['read'] },
      service_role: {
        select: true,
        insert: [
          'id',
          'user_id',
          'type',
          'title',
          'message',
          'priority',
          'read',
          'action_url',
          'metadata',
          'created_at',
          'job_id',
          'thread_key',
          'dedupe_key',
          'archived_at',
          'snoozed_until',
        ],
        update: ['read', 'archived_at', 'snoozed_until'],
        delete: true,
      },
      ledger_keeper: { select: true, update: ['read'] },
    },
    rowsOf: byUser,
    newRow: (a) => ({
      id: NEW_ID,
      user_id: text(a.user),
      type: `'job_failed'`,
      title: `'Failed'`,
      message: `'A job has failed.'`,
      priority: `'high'`,
      read: 'false',
      action_url: NULL,
      metadata: NULL,
      created_at: NOW,
      job_id: NULL,
      thread_key: NULL,
      dedupe_key: NULL,
      archived_at: NULL,
      snoozed_until: NULL,
      seq: '1000',
      changed_seq: '1000',
      unread_seq: '1000',
      read_at: NULL,
    }),
    keepsItsRows: true,
  },
  lora_notification_tombstones: {
    may: {
      authenticated: READS,
      service_role: { select: true, delete: true },
      ledger_keeper: { select: true, insert: 'all' },
    },
    rowsOf: byUser,
    newRow: (a) => ({ user_id: text(a.user), seq: '1000', notification_id: NEW_ID, deleted_at: NOW, dedupe_key: NULL }),
  },
  lora_imports: {
    may: { service_role: WRITES },
    rowsOf: (a) => `id = '${a.import}'`,
    newRow: () => ({
      id: NEW_ID,
      kind: `'charges'`,
      source: `'another'`,
      status: `'staging'`,
      bucket: NULL,
      file_name: `'y.csv'`,
      fingerprint: NULL,
      holder: NEW_ID,
      lines: '0',
      bad_lines: '0',
      new_lines: '0',
      accounts: '0',
      posted_through: '0',
      posted: `'{}'`,
      created_at: NOW,
      updated_at: NOW,
      finished_at: NULL,
    }),
  },
  lora_import_accounts: {
    may: { service_role: WRITES },
    rowsOf: byUser,
    newRow: (a) => ({ import_id: text(a.import), user_ref: `'another'`, user_id: text(a.user) }),
  },
  lora_import_lines: {
    may: { service_role: WRITES },
    rowsOf: (a) => `import_id = '${a.import}'`,
    newRow: (a) => ({
      import_id: text(a.import),
      line_no: '3',
      external_id: `'y'`,
      user_ref: text(a.name.toLowerCase()),
      content_hash: HASH,
      content: `'{}'`,
      fault: NULL,
    }),
  },
  lora_import_items: {
    may: { service_role: { select: true, insert: 'all' } },
    rowsOf: byUser,
    newRow: (a) => ({
      source: `'another'`,
      external_id: `'y'`,
      user_id: text(a.user),
      content_hash: HASH,
      bucket: NULL,
      import_id: NULL,
    }),
  },

  'auth.users': identity(
    (a) => `id = '${a.user}'`,
    () => ({
      id: NEW_ID,
      email: `'another@example.test'`,
      encrypted_password: NULL,
      email_confirmed_at: NULL,
      last_sign_in_at: NULL,
      raw_app_meta_data: `'{}'`,
      raw_user_meta_data: `'{}'`,
      created_at: NOW,
      updated_at: NOW,
    }),
  ),
  'auth.sessions': identity(byUser, (a) => ({
    id: NEW_ID,
    user_id: text(a.user),
    created_at: NOW,
    refreshed_at: NULL,
    not_after: NOW,
    method: `'password'`,
  })),
  'auth.refresh_tokens': identity(
    (a) => `session_id = '${a.liveSession}'`,
    (a) => ({
      session_id: text(a.liveSession),
      parent_id: NULL,
      token_hash: HASH,
      created_at: NOW,
      used_at: NULL,
      replacement: NULL,
    }),
  ),
  'auth.one_time_tokens': identity(byUser, (a) => ({
    token_hash: HASH,
    purpose: `'recovery'`,
    user_id: text(a.user),
    created_at: NOW,
    expires_at: NOW,
  })),
  'auth.signing_keys': identity(
    (a) => `kid = '${a.name.toLowerCase()}'`,
    () => ({ kid: `'another'`, jwk: `'{}'`, created_at: NOW, retired_at: NOW }),
    { select: true, insert: 'all', update: 'all' },
  ),
  'auth.settings': identity(
    (a) => `name = '${a.name.toLowerCase()}'`,
    () => ({ name: `'another'`, value: `'y'`, created_at: NOW }),
    { select: true, insert: 'all', update: 'all' },
  ),
  'auth.attempts': identity(
    (a) => `key = '${a.name.toLowerCase()}'`,
    () => ({ key: `'another'`, count: '1', window_ends_at: NOW }),
  ),
};

/** Policies and grants without which everything here would still hold, and why they stay. */
export const REDUNDANT: Readonly<Record<string, string>> = {};
