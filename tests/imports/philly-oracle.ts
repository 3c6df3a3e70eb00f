// An oracle of its own: it imports nothing from src and computes with whole numbers only.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/** GPU-seconds by tenant and UTC day, cut at midnight. */
export type GpuSeconds = Map<string, Map<string, bigint>>;

const DAY_S = 86_400;

/** Works out the GPU-seconds of every tenant on every day, straight from the file. */
export function gpuSecondsOf(csvGz: string): GpuSeconds {
  const [header = '', ...lines] = gunzipSync(readFileSync(csvGz)).toString('utf8').trim().split('\n');
  const names = header.split(',');
  const at = (name: string) => names.indexOf(name);
  const [tenant, started, seconds, gpus] = [at('tenant'), at('started_at'), at('seconds'), at('gpus')];
  const found: GpuSeconds = new Map();
  for (const line of lines) {
    const cells = line.split(',');
    let from = Date.parse(cells[started] ?? '') / 1000;
    const to = from + Number(cells[seconds]);
    const days = found.get(cells[tenant] ?? '') ?? new Map<string, bigint>();
    found.set(cells[tenant] ?? '', days);
    while (from < to) {
      const midnight = (Math.floor(from / DAY_S) + 1) * DAY_S;
      const until = Math.min(to, midnight);
      const day = new Date(from * 1000).toISOString().slice(0, 10);
      days.set(day, (days.get(day) ?? 0n) + BigInt(until - from) * BigInt(cells[gpus] ?? '0'));
      from = until;
    }
  }
  return found;
}

/** `gpuSeconds × rate / 3600`, the rate in hundredths, rounded half away from zero to `decimals`, as text. */
export function dollars(gpuSeconds: bigint, hundredths: bigint, decimals: number): string {
  const scaled = gpuSeconds * hundredths * 10n ** BigInt(decimals);
  const by = 3_600n * 100n;
  return decimalText((2n * scaled + by) / (2n * by), decimals);
}

/** An exact decimal text cut to fewer decimals, rounded half away from zero; amounts here are never negative. */
export function rounded(exact: string, decimals: number): string {
  const [whole = '0', fraction = ''] = exact.split('.');
  const size = 10n ** BigInt(fraction.length - decimals);
  return decimalText((2n * BigInt(whole + fraction) + size) / (2n * size), decimals);
}

function decimalText(value: bigint, decimals: number): string {
  const digits = value.toString().padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
