import type { Command } from 'commander';
import { withDatabase } from '@/cli/context';
import { openIdentity } from '@/cli/identity';
import { cookieHeaderOf, sessionCookie } from '@/lib/session-cookies';

async function printToken(user: string, { cookie }: { cookie?: true }): Promise<void> {
  await withDatabase(async (ctx) => {
    const { accounts, publicUrl } = openIdentity(ctx);
    const session = await accounts.openSession(await accounts.find(user));
    console.log(cookie ? cookieHeaderOf(session, sessionCookie(await publicUrl()).name) : session.access_token);
  });
}

/** `pipeline token USER`: a credential for curl and scripts. */
export function registerToken(program: Command): void {
  program
    .command('token <user>')
    .description('print an access token of 24 hours for an account, by e-mail address, id or alias')
    .option('--cookie', 'print the content of the header Cookie instead')
    .addHelpText(
      'after',
      `
Examples:
  curl -H "Authorization: Bearer $(pipeline token EMAIL)" http://localhost:3000/api/costs
  curl -H "Cookie: $(pipeline token EMAIL --cookie)" http://localhost:3000/api/costs`,
    )
    .action(printToken);
}
