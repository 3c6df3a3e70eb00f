// Without imports, so that a trainer can run it as it stands.

/** The fields of PEFT's `adapter_config.json` that every kind of adapter has or may have; the others pass unchanged. */
export interface AdapterConfig {
  /** `LORA`, `IA3`, … in capitals. */
  readonly peft_type: string;
  readonly base_model_name_or_path: string | null;
  readonly task_type: string | null;
  /** Rank; null for methods without one. */
  readonly r: number | null;
  readonly lora_alpha: number | null;
  readonly lora_dropout: number | null;
  /** Names of modules, or one pattern for all of them (`all-linear`); null where the method has none. */
  readonly target_modules: readonly string[] | string | null;
  /** Whatever else the file says. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/** Longest file that is read, characters: real ones have a few thousand. */
export const LONGEST_CONFIG = 1_000_000;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function textOrNull(value: unknown, name: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || value.length > 1_000) throw new RangeError(`${name} must be a text`);
  return value;
}

function numberOrNull(value: unknown, name: string, least: number): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < least) {
    throw new RangeError(`${name} must be a number, at least ${least}`);
  }
  return value;
}

function modules(value: unknown): AdapterConfig['target_modules'] {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value;
  throw new RangeError('target_modules must be a list of names, or one pattern');
}

/**
 * Reads `adapter_config.json`, of whatever method.
 *
 * @throws RangeError with a sentence, where it is no such file
 */
export function readAdapterConfig(text: string): AdapterConfig {
  if (text.length > LONGEST_CONFIG) throw new RangeError('adapter_config.json is far too large');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RangeError('adapter_config.json is not JSON');
  }
  if (!isObject(value)) throw new RangeError('adapter_config.json holds no object');
  const { peft_type, base_model_name_or_path, task_type, r, lora_alpha, lora_dropout, target_modules, ...rest } = value;
  if (typeof peft_type !== 'string' || !/^[A-Z][A-Z0-9_]{1,49}$/.test(peft_type)) {
    throw new RangeError('adapter_config.json names no peft_type');
  }
  return {
    peft_type,
    base_model_name_or_path: textOrNull(base_model_name_or_path, 'base_model_name_or_path'),
    task_type: textOrNull(task_type, 'task_type'),
    r: numberOrNull(r, 'r', 0),
    lora_alpha: numberOrNull(lora_alpha, 'lora_alpha', 0),
    lora_dropout: numberOrNull(lora_dropout, 'lora_dropout', 0),
    target_modules: modules(target_modules),
    rest,
  };
}

/** Writes the same file: names in order, two blanks of indent, as PEFT does. */
export function writeAdapterConfig({ rest, ...named }: AdapterConfig): string {
  const known = Object.entries(named).filter(([, value]) => value !== null);
  const all = [...known, ...Object.entries(rest)].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`;
}
