import type { RuntimeParts } from '@/http/runtime';
import type { SupabaseServerParts } from '@/lib/supabase-server';

/** What the server hands to the routes. */
export interface Handover {
  readonly runtime: RuntimeParts;
  readonly supabase: SupabaseServerParts;
}

// The server and Next's bundle have separate copies of every module of ours; the global object is the one thing in common.
const place = Symbol.for('pipeline.handover');
type Holder = { [place]?: Handover };

/** Lays the parts down for the bundle; called before Next starts. */
export function layHandover(parts: Handover): void {
  (globalThis as Holder)[place] = parts;
}

/** What the server laid down, or null where Next runs without it, as in a build. */
export function takeHandover(): Handover | null {
  return (globalThis as Holder)[place] ?? null;
}
