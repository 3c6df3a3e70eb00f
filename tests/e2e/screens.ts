import { mkdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { Page } from 'playwright-core';

/** Set to 1, the pictures of the documents are taken anew; otherwise pictures only go to test-results/. */
const RENEW = process.env.PIPELINE_RENEW_SCREENS === '1';

/** Takes a picture of the page; `documented` ones belong to docs/screens and are renewed there on demand. */
export async function picture(page: Page, name: string, { documented = false, fullPage = true } = {}): Promise<void> {
  const folders = ['test-results', ...(RENEW && documented ? ['docs/screens'] : [])];
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage, animations: 'disabled' });
  }
}
