/** A command failed for a reason that its user can mend: the message is shown alone, without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
