/** The error codes of Supabase Auth that the embedded endpoints give; clients branch on them. */
export type AuthErrorCode =
  | 'bad_json'
  | 'bad_jwt'
  | 'email_exists'
  | 'invalid_credentials'
  | 'no_authorization'
  | 'not_found'
  | 'method_not_allowed'
  | 'otp_expired'
  | 'over_request_rate_limit'
  | 'refresh_token_already_used'
  | 'refresh_token_not_found'
  | 'request_too_large'
  | 'same_password'
  | 'service_unavailable'
  | 'session_expired'
  | 'session_not_found'
  | 'signup_disabled'
  | 'unexpected_failure'
  | 'user_already_exists'
  | 'user_not_found'
  | 'validation_failed'
  | 'weak_password';

/** A refusal of one of the embedded auth endpoints, in the terms of Supabase Auth. */
export class AuthFailure extends Error {
  readonly status: number;
  readonly code: AuthErrorCode;
  /** Seconds after which another try makes sense. */
  readonly retryAfterS: number | undefined;
  /** Why a password is too weak; only with `weak_password`. */
  readonly reasons: readonly string[] | undefined;

  constructor(
    status: number,
    code: AuthErrorCode,
    message: string,
    options: { retryAfterS?: number; reasons?: readonly string[] } = {},
  ) {
    super(message);
    this.name = 'AuthFailure';
    this.status = status;
    this.code = code;
    this.retryAfterS = options.retryAfterS;
    this.reasons = options.reasons;
  }
}

/** A new password that will not do; `problem` says what to do about it. */
export const weakPassword = (problem: string): AuthFailure =>
  new AuthFailure(422, 'weak_password', `This password will not do: ${problem}.`, { reasons: ['length'] });
