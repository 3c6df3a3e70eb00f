/** As much of the binary format of WebAssembly as one numeric function needs. */
export const I32 = 0x7f;
export const V128 = 0x7b;

type Code = readonly number[];

/** An unsigned number in the variable-length form of the format (LEB128). */
export function unsigned(value: number): number[] {
  const rest = value >>> 7;
  return rest === 0 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(rest)];
}

/** A signed number in the same form. */
function signed(value: number): number[] {
  const rest = value >> 7;
  const last = (rest === 0 && (value & 0x40) === 0) || (rest === -1 && (value & 0x40) !== 0);
  return last ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(rest)];
}

const simd = (operation: number): number[] => [0xfd, ...unsigned(operation)];

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
export const constant = (value: number): Code => [0x41, ...signed(value)];
export const add = (left: Code, right: Code): Code => [...left, ...right, 0x6a];
export const subtract = (left: Code, right: Code): Code => [...left, ...right, 0x6b];
export const shiftLeft = (left: Code, bits: number): Code => [...left, ...constant(bits), 0x74];
export const increase = (local: number, by: Code): Code => set(local, add(get(local), by));

/** Runs `body`, and again as long as `condition` is not zero. */
export const repeatWhile = (body: Code, condition: Code): Code => [0x03, 0x40, ...body, ...condition, 0x0d, 0x00, 0x0b];
export const whether = (condition: Code, then: Code, otherwise: Code): Code => [
  ...condition,
  ...[0x04, 0x40],
  ...then,
  0x05,
  ...otherwise,
  0x0b,
];

/** Four floats at an address, which is a multiple of four. */
export const load = (address: Code, offset: number): Code => [...address, ...simd(0x00), 0x02, ...unsigned(offset)];
/** One float at an address, four times. */
export const loadSplat = (address: Code): Code => [...address, ...simd(0x09), 0x02, 0x00];
export const store = (address: Code, offset: number, value: Code): Code => [
  ...address,
  ...value,
  ...simd(0x0b),
  0x02,
  ...unsigned(offset),
];
export const zeros: Code = [...simd(0x0c), ...new Array<number>(16).fill(0)];
export const addFloats = (left: Code, right: Code): Code => [...left, ...right, ...simd(0xe4)];
export const multiplyFloats = (left: Code, right: Code): Code => [...left, ...right, ...simd(0xe6)];

const text = (name: string): number[] => [...unsigned(name.length), ...new TextEncoder().encode(name)];
const sized = (content: Code): number[] => [...unsigned(content.length), ...content];
const section = (id: number, content: Code): number[] => [id, ...sized(content)];

/** A module with one function, exported as `run`, on the memory imported as `env.memory`. */
export function moduleOf(parameters: number, locals: readonly { type: number; count: number }[], body: Code) {
  const declared = [locals.length, ...locals.flatMap(({ type, count }) => [...unsigned(count), type])];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [1, 0x60, parameters, ...new Array<number>(parameters).fill(I32), 0]),
    ...section(2, [1, ...text('env'), ...text('memory'), 0x02, 0x00, 0x01]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('run'), 0x00, 0x00]),
    ...section(10, [1, ...sized([...declared, ...body, 0x0b])]),
  ]);
}
