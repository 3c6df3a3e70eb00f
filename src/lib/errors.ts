/** Every way in which a verb may refuse; http/ maps each to one status. */
export type ErrorCode =
  | 'bad_input'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'too_large'
  | 'unsupported_media_type'
  | 'rate_limited'
  | 'unavailable'
  | 'internal';

/** A refusal that may be shown to the caller: `details` says what is wrong and what to send instead. */
export class PipelineError extends Error {
  readonly code: ErrorCode;
  readonly details: string;
  /** Seconds after which another try makes sense; only with `rate_limited` and `unavailable`. */
  readonly retryAfterS: number | undefined;

  constructor(code: ErrorCode, details: string, options: { cause?: unknown; retryAfterS?: number } = {}) {
    super(`${code}: ${details}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PipelineError';
    this.code = code;
    this.details = details;
    this.retryAfterS = options.retryAfterS;
  }
}

/** The caller sent something wrong; `details` names the field and what to send instead. */
export const badInput = (details: string): PipelineError => new PipelineError('bad_input', details);

/** No credential, or one that is not valid (any more). */
export const unauthenticated = (details: string): PipelineError => new PipelineError('unauthenticated', details);

/** Not there, or not the caller's: both give the same words. */
export const notFound = (what: string): PipelineError =>
  new PipelineError('not_found', `There is no such ${what}, or it is not yours. Check the id.`);

/** The same key or id is already in use with other content, or still in flight. */
export const conflict = (details: string): PipelineError => new PipelineError('conflict', details);

/** Something that the request needs is away for the moment. */
export const unavailable = (details: string, cause?: unknown, retryAfterS = 2): PipelineError =>
  new PipelineError('unavailable', details, { cause, retryAfterS });
