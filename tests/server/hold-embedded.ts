import { startEmbedded } from '@/db/embedded/start-embedded';
import { createLogger } from '@/lib/log';

// Starts or joins the embedded database of a folder, tells where it is, and leaves it on SIGTERM. For embedded.test.ts.

const [dataDir = ''] = process.argv.slice(2);
try {
  const { adminUrl, joined, folder, pid, stop } = await startEmbedded({
    dataDir,
    log: createLogger({ level: 'warn' }),
  });
  const alive = setInterval(() => undefined, 1000);
  process.once('SIGTERM', async () => {
    await stop();
    clearInterval(alive);
  });
  console.log(JSON.stringify({ adminUrl, joined, folder, pid: pid() }));
} catch (error) {
  console.log(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  process.exitCode = 1;
}
