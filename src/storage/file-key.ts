const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;
const MOST_CHARACTERS = 500;

/** Where files are written before they get their own name; what a killed process left there is old and unnamed. */
export const INCOMING = 'incoming';

/**
 * The segments of a key. Keys are made by us, so a wrong one is a fault of ours: nothing that could leave the store's
 * folder (`..`, an empty segment, a backslash, a NUL) is ever passed on.
 *
 * @throws TypeError for anything but plain segments
 */
export function segmentsOf(key: string): readonly string[] {
  const segments = key.split('/');
  const isPlain = key.length <= MOST_CHARACTERS && segments.every((each) => SEGMENT.test(each));
  if (!isPlain) throw new TypeError(`not a key of a file: ${JSON.stringify(key.slice(0, 100))}`);
  return segments;
}

/** The segments of the folder that a prefix begins with; the rest of it is compared with the keys below. */
export function folderOf(prefix: string): readonly string[] {
  const end = prefix.lastIndexOf('/');
  return end < 0 ? [] : segmentsOf(prefix.slice(0, end));
}
