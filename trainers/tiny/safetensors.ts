/** A tensor of 32-bit floats, row after row. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const LENGTH_BYTES = 8;
const ALIGNMENT = 8;

/** Little-endian on every machine, as the format wants it. */
function bytesOf(data: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(data.length * 4));
  data.forEach((value, at) => {
    view.setFloat32(at * 4, value, true);
  });
  return new Uint8Array(view.buffer);
}

/** A file in the format safetensors: the length of a header, the header in JSON, the numbers. */
export function writeSafetensors(tensors: readonly Tensor[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const { name, shape, data } of tensors) {
    const begin = end;
    end += data.length * 4;
    header[name] = { dtype: 'F32', shape, data_offsets: [begin, end] };
  }
  const text = JSON.stringify(header);
  const json = Buffer.from(text + ' '.repeat(-Buffer.byteLength(text) & (ALIGNMENT - 1)));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, ...tensors.map(({ data }) => bytesOf(data))]);
}

/**
 * Reads a file that {@link writeSafetensors} has written.
 *
 * @throws where it is damaged
 */
export function readSafetensors(file: Buffer): Map<string, Float32Array> {
  const length = Number(file.readBigUInt64LE(0));
  const from = LENGTH_BYTES + length;
  const header = JSON.parse(file.subarray(LENGTH_BYTES, from).toString('utf8')) as Record<string, unknown>;
  const tensors = new Map<string, Float32Array>();
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [begin, end] = (value as { data_offsets: [number, number] }).data_offsets;
    const numbers = Float32Array.from({ length: (end - begin) / 4 }, (_, at) =>
      file.readFloatLE(from + begin + at * 4),
    );
    tensors.set(name, numbers);
  }
  return tensors;
}
