import type { RunningServer } from './start-server';

/** Tells where the product is, how to get in, and what programs need. */
export async function announce({ url, identity }: RunningServer, say: (line: string) => void): Promise<void> {
  const key = await identity.publishableKey();
  say(`\nPIPELINE is ready: ${url}\n`);
  if (identity.embedded) {
    await identity.embedded.rememberPublicUrl();
    const code = await identity.embedded.issueSignUpCode();
    const accounts = await identity.embedded.accounts.list();
    const isFirst = !accounts.some((account) => account.hasPassword);
    say(`  Sign in         ${isFirst ? `make the first account at ${url}/sign-in` : `${url}/sign-in`}`);
    if (code) say(`  Sign-up code    ${code} (asked for with the first account; good for a day)`);
    say('                  or: npm run pipeline -- user create EMAIL');
    say(`  supabase-js     createClient('${url}', '${key}')`);
  } else {
    say(`  Sign in         ${url}/sign-in, with an account of your Supabase project`);
  }
  say('  Stop            Ctrl-C\n');
}
