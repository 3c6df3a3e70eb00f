import { z } from 'zod';

/**
 * A place in the history of one user's inbox, written `<epoch>.<seq>`: everything that took a number up to `seq` has
 * been seen. The epoch names the database, so a place from before a restore is not mistaken for one of now.
 */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

const POSITION = /^([0-9a-f]{12})\.(0|[1-9]\d{0,14})$/;

export const writePosition = ({ epoch, seq }: Position): string => `${epoch}.${seq}`;

/** Reads a position; null where the text is not one. */
export function readPosition(text: string): Position | null {
  const [, epoch, seq] = POSITION.exec(text) ?? [];
  return epoch === undefined ? null : { epoch, seq: Number(seq) };
}

/** A position as a caller sends it back. */
export const position = z
  .string()
  .regex(POSITION, 'send an up_to of GET /api/notifications or a next of GET /api/notifications/changes, unchanged')
  .transform((text) => readPosition(text) as Position);
