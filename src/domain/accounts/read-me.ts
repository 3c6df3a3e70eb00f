import type { Me } from '@/domain/accounts/schema';
import { type SettingsRow, settingsStatement } from '@/domain/accounts/store';
import type { UserCtx } from '@/domain/context';

export const DEFAULT_SETTINGS: SettingsRow = { timezone: 'UTC', currency: 'USD' };

/** The caller's account and settings. */
export async function readMe(ctx: UserCtx): Promise<Me> {
  const [[settings = DEFAULT_SETTINGS]] = await ctx.session.read(settingsStatement(ctx.userId));
  return { id: ctx.userId, email: ctx.email, ...settings };
}
