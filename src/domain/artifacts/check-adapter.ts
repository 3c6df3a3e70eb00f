import type { Readable } from 'node:stream';
import { CONFIG, WEIGHTS } from '@/domain/artifacts/run-files';
import { headerLength, LENGTH_BYTES, readHeader } from '@/domain/artifacts/safetensors';
import type { Adapter, KeptFile } from '@/domain/artifacts/schema';
import { LONGEST_CONFIG, readAdapterConfig } from '@/lib/adapter-config';
import type { FileStore } from '@/lib/file-store';

async function bytesOf(content: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/**
 * Reads what an adapter says about itself: its configuration, and of the weights the header alone, within limits.
 *
 * @throws RangeError with a sentence where either is not valid
 */
export async function checkAdapter(store: FileStore, files: readonly KeptFile[]): Promise<Adapter> {
  const file = (name: string): KeptFile => {
    const found = files.find((one) => one.name === name);
    if (!found) throw new RangeError(`the run left no ${name}`);
    return found;
  };
  const weights = file(WEIGHTS);
  const config = file(CONFIG);
  if (config.bytes > LONGEST_CONFIG) throw new RangeError('adapter_config.json is far too large');
  const { peft_type, r, lora_alpha, lora_dropout, target_modules } = readAdapterConfig(
    (await bytesOf(await store.read(config.key))).toString('utf8'),
  );
  const head = await bytesOf(await store.read(weights.key, { start: 0, end: LENGTH_BYTES - 1 }));
  const length = headerLength(head, weights.bytes);
  const header = await bytesOf(await store.read(weights.key, { start: LENGTH_BYTES, end: LENGTH_BYTES + length - 1 }));
  const { tensors, parameters } = readHeader(header, weights.bytes);
  const modules = typeof target_modules === 'string' || target_modules === null ? target_modules : [...target_modules];
  return { peft_type, r, lora_alpha, lora_dropout, target_modules: modules, tensors: tensors.length, parameters };
}
