// A worker that starts a run and is killed: `tsx start-and-die.ts DATA_FOLDER ORDER`.
import { openLocal, TRAINERS } from './local-bench';

const [dataDir = '', order = ''] = process.argv.slice(2);
await openLocal(TRAINERS, { dataDir }).executor.start(JSON.parse(order));
process.kill(process.pid, 'SIGKILL');
