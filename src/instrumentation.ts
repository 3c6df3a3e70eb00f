import { provideRuntime } from '@/http/runtime';
import { provideSupabaseServer } from '@/lib/supabase-server';
import { takeHandover } from '@/server/handover';

/**
 * Next calls this once before its first request. It gives the routes what the server has built outside Next's bundle:
 * one pool, one identity, one log per process. In a build there is nothing to give.
 */
export function register(): void {
  const parts = takeHandover();
  if (!parts) return;
  provideRuntime(parts.runtime);
  provideSupabaseServer(parts.supabase);
}
