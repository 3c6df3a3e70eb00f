const SHORTEST_PASSWORD = 8;
const LONGEST_PASSWORD = 200;

/** What to do about a new password that will not do, or null. Lengths count characters, not bytes. */
export function passwordProblem(password: string): string | null {
  const length = [...password].length;
  if (length < SHORTEST_PASSWORD) return `use at least ${SHORTEST_PASSWORD} characters`;
  if (length > LONGEST_PASSWORD) return `use at most ${LONGEST_PASSWORD} characters`;
  if (!password.isWellFormed()) return 'use whole characters: one of them is half a surrogate pair';
  return null;
}
