import type { Operation } from '@/http/operation';
import * as accounts from '@/http/operations/accounts';
import * as artifacts from '@/http/operations/artifacts';
import * as auth from '@/http/operations/auth';
import * as datasets from '@/http/operations/datasets';
import * as estimates from '@/http/operations/estimates';
import * as jobCosts from '@/http/operations/job-costs';
import * as ledger from '@/http/operations/ledger';
import * as notifications from '@/http/operations/notifications';
import * as prices from '@/http/operations/prices';
import * as product from '@/http/operations/product';
import * as training from '@/http/operations/training';

/** Every operation under /api; a noun adds its own by one import and one name here. */
const nouns = [
  product,
  auth,
  accounts,
  ledger,
  notifications,
  datasets,
  prices,
  estimates,
  training,
  jobCosts,
  artifacts,
] as const;

/** All of them, in the order of the document. */
export const operations: readonly Operation[] = nouns.flatMap((noun): Operation[] => Object.values(noun));
