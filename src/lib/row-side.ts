// Imports nothing of ours, so that a trainer can run it as it stands.
import { createHash } from 'node:crypto';

export type Side = 'training' | 'validation';

/**
 * On which side of a dataset a row falls: in validation where the first four bytes of the SHA-256 of its line, as a
 * number from 0 to 2^32, lie below `share` of that. So the same line falls on the same side in every dataset, wherever
 * it stands, and whoever trains can work out what was counted.
 *
 * @param line the row as it stands in the file, without blanks and line ends around it
 * @param share the part of the rows to hold back, 0 to 1
 */
export const sideOf = (line: string, share: number): Side =>
  createHash('sha256').update(line).digest().readUInt32BE(0) / 2 ** 32 < share ? 'validation' : 'training';
