import type { TestProject } from 'vitest/node';
import { NO_BROWSER } from './browser';
import { type ProductPlace, startProduct } from './product';

declare module 'vitest' {
  interface ProvidedContext {
    product: ProductPlace;
  }
}

/** One product for all files; each test makes its own account in it. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (NO_BROWSER) {
    console.warn(`SKIPPED: ${NO_BROWSER}`);
    return undefined;
  }
  const { stop, ...place } = await startProduct();
  project.provide('product', place);
  return stop;
}
