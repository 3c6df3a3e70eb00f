const WORDS = 4;
const FIRST_SLOTS = 1_024;
/** Fullest share of the slots; beyond it the table doubles. */
const FULLEST = 0.7;

/**
 * A set of digests of 16 bytes in one flat table. A million of them take 32 MB, and for a moment 48 MB while the table
 * grows; a Set of texts would take five times as much.
 */
export class DigestSet {
  #slots = new Uint32Array(FIRST_SLOTS * WORDS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds the first 16 bytes of a digest; false where they were there. A digest of zeros only is not possible. */
  add(digest: Buffer): boolean {
    const words = [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12)];
    if (!insert(this.#slots, words)) return false;
    this.#size += 1;
    if (this.#size > (this.#slots.length / WORDS) * FULLEST) this.#grow();
    return true;
  }

  #grow(): void {
    const larger = new Uint32Array(this.#slots.length * 2);
    for (let at = 0; at < this.#slots.length; at += WORDS) {
      const words = this.#slots.subarray(at, at + WORDS);
      if (!isEmpty(words, 0)) insert(larger, words);
    }
    this.#slots = larger;
  }
}

const isEmpty = (slots: ArrayLike<number>, at: number): boolean =>
  (slots[at] ?? 0) === 0 && slots[at + 1] === 0 && slots[at + 2] === 0 && slots[at + 3] === 0;

function insert(slots: Uint32Array, words: ArrayLike<number>): boolean {
  const count = slots.length / WORDS;
  for (let slot = (words[0] ?? 0) % count; ; slot = (slot + 1) % count) {
    const at = slot * WORDS;
    if (isEmpty(slots, at)) {
      slots.set(words, at);
      return true;
    }
    if (
      words[0] === slots[at] &&
      words[1] === slots[at + 1] &&
      words[2] === slots[at + 2] &&
      words[3] === slots[at + 3]
    )
      return false;
  }
}
