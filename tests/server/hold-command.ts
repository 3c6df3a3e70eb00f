import { setTimeout as sleep } from 'node:timers/promises';
import { withDatabase } from '@/cli/context';

// A command that works for a minute: with "attentive" it listens to Ctrl-C, else it does not. For commands.test.ts.

const isAttentive = process.argv[2] === 'attentive';
try {
  await withDatabase(async ({ signal }) => {
    console.log('working');
    await sleep(60_000, undefined, isAttentive ? { signal } : {});
  });
} catch (error) {
  console.log(error instanceof Error ? error.name : String(error));
  process.exit();
}
