import type { SystemCtx } from '@/domain/context';
import { workersStatement } from '@/domain/training/lease-store';

/** The workers that hold attempts of runs on this machine, as they named themselves: some may be dead. */
export async function listWorkers(ctx: SystemCtx, host: string): Promise<string[]> {
  const [rows] = await ctx.session.read(workersStatement(host));
  return rows.map((row) => row.worker);
}
