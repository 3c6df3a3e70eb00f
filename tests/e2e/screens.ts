import { mkdirSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { Page } from 'playwright-core';

/** Set by `--mode screens`: the pictures of the documents are taken anew, and a picture of every state. */
const RENEW = process.env.PIPELINE_RENEW_SCREENS === '1';

/** The pictures that documents show, by name; the others are for whoever changed a screen. */
const DOCUMENTED = [
  'dashboard-light',
  'dashboard-dark',
  'dashboard-phone',
  'empty-light',
  'sign-in-light',
  'new-job-light',
  'job-light',
];

/** Of pages that go on for long, the pictures of the documents show what is seen without scrolling. */
const TOP_ONLY = ['job-light'];

/** Takes a picture of the page into test-results/, and into docs/screens/ where it is asked for and belongs there. */
export async function picture(page: Page, name: string): Promise<void> {
  const documented = DOCUMENTED.includes(name);
  if (!RENEW && !documented) return;
  for (const folder of RENEW && documented ? ['test-results', 'docs/screens'] : ['test-results']) {
    mkdirSync(folder, { recursive: true });
    await page.screenshot({
      path: path.join(folder, `${name}.png`),
      fullPage: !TOP_ONLY.includes(name),
      animations: 'disabled',
    });
  }
}
