import type { Role } from './expectations';

const TRIGGERS_ONLY: readonly Role[] = [];

/**
 * Who may call a function, besides its owner; one entry for every function of the schemas public, private and auth.
 * A function that is not security definer works with the caller's own rights.
 */
export const FUNCTIONS: Readonly<Record<string, readonly Role[]>> = {
  'auth.jwt()': ['anon', 'authenticated', 'service_role'],
  'auth.role()': ['anon', 'authenticated', 'service_role'],
  'auth.uid()': ['anon', 'authenticated', 'service_role', 'ledger_keeper'],
  'private.account_exists(uuid)': ['ledger_keeper'],
  'private.assert_caller_alive()': ['authenticated'],
  'private.bump_cost_version()': TRIGGERS_ONLY,
  'private.bury_notifications()': TRIGGERS_ONLY,
  'private.check_correction()': TRIGGERS_ONLY,
  'private.count_changed_notifications()': TRIGGERS_ONLY,
  'private.count_new_notifications()': TRIGGERS_ONLY,
  'private.days_of_life(lora_cost_job_life, date)': TRIGGERS_ONLY,
  'private.epoch()': ['authenticated', 'service_role'],
  'private.fill_charge()': TRIGGERS_ONLY,
  'private.forget_roll_ups()': TRIGGERS_ONLY,
  'private.keep_attempt_end()': TRIGGERS_ONLY,
  'private.keep_job_end()': TRIGGERS_ONLY,
  'private.last_inbox_number(uuid)': TRIGGERS_ONLY,
  'private.lock_cost_state(uuid[])': ['service_role'],
  'private.lock_inboxes(uuid[])': ['service_role'],
  'private.lock_own_inbox()': TRIGGERS_ONLY,
  'private.mark_unread_again()': TRIGGERS_ONLY,
  'private.move_watermark()': TRIGGERS_ONLY,
  'private.number_notification()': TRIGGERS_ONLY,
  'private.open_job_lives(private.charge_delta[])': TRIGGERS_ONLY,
  'private.raise_floor()': TRIGGERS_ONLY,
  'private.rebuild_cost_roll_ups(uuid)': ['service_role'],
  'private.refuse_change_of_final()': TRIGGERS_ONLY,
  'private.refuse_change_of_identity()': TRIGGERS_ONLY,
  'private.refuse_delete_of_final()': TRIGGERS_ONLY,
  'private.refuse_inbox_truncate()': TRIGGERS_ONLY,
  'private.refuse_renumbering()': TRIGGERS_ONLY,
  'private.refuse_truncate()': TRIGGERS_ONLY,
  'private.register_zone_offsets(smallint[])': ['authenticated'],
  'private.roll_up_charges()': TRIGGERS_ONLY,
  'private.settle_job_lives(uuid[], private.charge_delta[])': TRIGGERS_ONLY,
  'private.stamp_notification()': TRIGGERS_ONLY,
  'private.subtract_charges(private.charge_delta[])': TRIGGERS_ONLY,
  'private.touch_cost_state(uuid[])': ['service_role'],
};
