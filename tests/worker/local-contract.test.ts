import { describeExecutor } from './executor-contract';
import { openLocal, TRAINERS } from './local-bench';

describeExecutor('local', async () => ({
  ...openLocal(TRAINERS),
  trainers: { obedient: 'obedient', endless: 'endless', stubborn: 'stubborn', failing: 'failing' },
}));
