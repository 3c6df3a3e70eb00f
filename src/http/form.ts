import type { BusboyFileStream, BusboyInstance } from '@fastify/busboy';
import type { z } from 'zod';
import { explain, sentenceFor } from '@/http/explain';
import { quoted, textProblem } from '@/http/json';
import { refuseUnknown } from '@/http/query';
import { badInput, PipelineError } from '@/lib/errors';

/** The one part of a form that holds a file. */
export const FILE_FIELD = 'file';

/** Most bytes of one field, and most fields. */
export const MOST_OF_FIELD = 4 * 1024;
export const MOST_FIELDS = 20;
const LONGEST_NAME = 255;

const BROKEN_OFF = 'The form is malformed or broke off before its end: send it whole.';
const BODY_BROKE_OFF = 'The body broke off before its end: send it whole.';

/** A form while it arrives. Whatever goes wrong first is what everybody who waits for it is told. */
export class Form<S extends z.ZodObject> {
  readonly #parser: BusboyInstance;
  readonly #schema: S;
  readonly #values = new Map<string, string>();
  readonly #begun = Promise.withResolvers<string>();
  readonly #whole = Promise.withResolvers<void>();
  #file: BusboyFileStream | undefined;
  #failure: unknown;
  #isStopped = false;
  #letGo: () => void = () => undefined;
  #release: () => void = () => undefined;
  #released: Promise<void> = Promise.resolve();

  constructor(parser: BusboyInstance, schema: S, tooLarge: PipelineError) {
    this.#parser = parser;
    this.#schema = schema;
    this.#begun.promise.catch(() => undefined);
    this.#whole.promise.catch(() => undefined);
    const refuse = (details: string) => this.#fail(badInput(details));
    parser.on('file', (name, file, fileName) => {
      file.on('error', () => refuse(BROKEN_OFF));
      file.on('limit', () => this.#fail(tooLarge));
      this.#beginFile(name, file, fileName);
    });
    parser.on('field', (name, value, _nameCut, isCut) => this.#take(name, value, isCut));
    parser.on('filesLimit', () => refuse('There is more than one file: send one.'));
    parser.on('fieldsLimit', () => refuse(`The form has too many fields: send at most ${MOST_FIELDS}.`));
    parser.on('error', () => refuse(BROKEN_OFF));
    parser.on('finish', () => {
      if (!this.#file) refuse(`${FILE_FIELD}: missing, send a file in this field.`);
      this.#whole.resolve();
    });
  }

  /** Fulfilled with the name of the file when its content begins. */
  get begun(): Promise<string> {
    return this.#begun.promise;
  }

  async *content(): AsyncGenerator<Uint8Array> {
    if (!this.#file) throw new Error('the file has not begun');
    try {
      for await (const chunk of this.#file) yield chunk as Uint8Array;
    } catch (error) {
      throw this.#failure ?? error;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  async fields(): Promise<z.output<S>> {
    await this.#whole.promise;
    return check(this.#schema, this.#values);
  }

  async end(): Promise<void> {
    this.#stop();
    await this.#released;
  }

  /** Passes the body on as fast as the file is taken, and never keeps more than a chunk of it. */
  readFrom(body: ReadableStreamDefaultReader<Uint8Array>, mostBytes: number): void {
    const pass = async () => {
      for (let size = 0; !this.#isStopped; ) {
        const { done, value } = await body.read();
        if (done) return void this.#parser.end();
        size += value.byteLength;
        if (size > mostBytes) throw badInput('The form holds too much beside its file: send only its fields.');
        await this.#write(value);
      }
    };
    // Released and not cancelled: a cancelled body takes the connection with it, and the answer never arrives.
    this.#release = () => body.releaseLock();
    this.#released = pass()
      .catch((error: unknown) => this.#fail(error instanceof PipelineError ? error : badInput(BODY_BROKE_OFF)))
      .finally(() => body.releaseLock());
  }

  /** Fulfilled when the parser has room again, or nobody waits for it any more. */
  #write(chunk: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#letGo = resolve;
      this.#parser.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength), () => resolve());
    });
  }

  /** Ends what waits, each by its own means: to race every chunk against one promise would keep all of them. */
  #stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#file?.destroy();
    this.#letGo();
    this.#release();
  }

  #beginFile(name: string, file: BusboyFileStream, fileName: string): void {
    if (name !== FILE_FIELD) {
      this.#fail(badInput(`There is no field ${quoted(name ?? '')} for a file: send it as "file".`));
      return;
    }
    this.#file = file;
    try {
      check(this.#schema.partial(), this.#values);
      this.#begun.resolve(shownName(fileName));
    } catch (error) {
      this.#fail(error);
    }
  }

  #take(name: string, value: string, isCut: boolean): void {
    const problem = textProblem(value);
    if (name === FILE_FIELD) this.#fail(badInput(`${FILE_FIELD}: send it as a file, with a file name.`));
    else if (this.#values.has(name))
      this.#fail(badInput(`The form gives the field ${quoted(name)} twice: send it once.`));
    else if (isCut) this.#fail(badInput(`${quoted(name)}: send at most ${MOST_OF_FIELD} bytes.`));
    else if (problem) this.#fail(badInput(`The field ${quoted(name)} ${problem}`));
    else this.#values.set(name, value);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#begun.reject(error);
    this.#whole.reject(error);
    this.#stop();
  }
}

function check<S extends z.ZodObject>(schema: S, values: ReadonlyMap<string, string>): z.output<S> {
  refuseUnknown('field', [...values.keys()], Object.keys(schema.shape));
  const result = schema.safeParse(Object.fromEntries(values), { error: sentenceFor });
  if (!result.success) throw explain(result.error);
  return result.data;
}

/** The last part of a name that somebody sent, fit to be shown and kept. */
function shownName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  const clean = last
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .trim();
  return [...clean].slice(0, LONGEST_NAME).join('') || 'upload';
}
