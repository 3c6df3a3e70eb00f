/** What one check found. `remedy` says how to mend it and is there unless all is well. */
export interface Finding {
  check: string;
  status: 'ok' | 'warning' | 'failure';
  details: string;
  remedy?: string;
}

export const ok = (check: string, details: string): Finding => ({ check, status: 'ok', details });

export const warning = (check: string, details: string, remedy: string): Finding => ({
  check,
  status: 'warning',
  details,
  remedy,
});

export const failure = (check: string, details: string, remedy: string): Finding => ({
  check,
  status: 'failure',
  details,
  remedy,
});

/** The message of anything thrown. Node gives several failures (one for each address of a name) as one without a text. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
