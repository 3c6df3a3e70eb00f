/** A file on its way in, with the fields that came along; nothing of it is in memory. */
export interface Upload<F> {
  /** As its sender calls it: without folders and control characters, never used as a path. */
  readonly fileName: string;
  /** What the sender says that the whole request will have, bytes; null where it does not say. */
  readonly announcedBytes: number | null;
  /** The content, to be read once. Throws `too_large` beyond the limit, and `bad_input` where it breaks off. */
  readonly content: AsyncIterable<Uint8Array>;
  /**
   * The other fields, once the content was read to its end: a form may send them behind the file. Wrong ones that came
   * before the file were refused before there was an upload.
   *
   * @throws PipelineError `bad_input` naming the field
   */
  fields(): Promise<F>;
}
