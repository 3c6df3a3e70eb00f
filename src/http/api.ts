import type { Operation } from '@/http/operation';
import * as product from '@/http/operations/product';

/** Every operation under /api; a noun adds its own by one import and one name here. */
const nouns = [product] as const;

/** All of them, in the order of the document. */
export const operations: readonly Operation[] = nouns.flatMap((noun): Operation[] => Object.values(noun));
