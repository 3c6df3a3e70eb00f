import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import yauzl from 'yauzl';
import { launchBrowser, NO_BROWSER, openPage } from './browser';
import { newEmail } from './data';
import { region, signUp } from './person';
import { tabTo } from './tab-to';
import { ask, EXAMPLE } from './train';

const LONG_MS = 200_000;

/** The names of the files in a zip archive. */
function namesIn(archive: Buffer): Promise<string[]> {
  return new Promise((resolve, reject) => {
    yauzl.fromBuffer(archive, { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error);
      const names: string[] = [];
      zip.on('entry', ({ fileName }: { fileName: string }) => {
        names.push(fileName);
        zip.readEntry();
      });
      zip.once('end', () => resolve(names));
      zip.once('error', reject);
      zip.readEntry();
    });
  });
}

/** Uploads the example through the page and waits until it can be trained on. */
async function uploadExample(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/datasets`);
  await page.getByText('No dataset yet').waitFor();
  await page.getByLabel('File').setInputFiles(EXAMPLE);
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  await region(page, 'Upload a dataset').getByText('“questions” was uploaded and is being checked.').waitFor();
  await page.getByRole('link', { name: 'Train on questions' }).waitFor();
}

const jobIdOf = (page: Page): string => page.url().split('/').at(-1) ?? '';

interface Job {
  status: string;
  cost_exact: string;
}
interface Totals {
  totals: { amount_exact: string }[];
}
interface Costs {
  total_cost_exact: string;
  cost_by_type_exact: Record<string, string>;
}

/** The first line of a panel: its headline. */
const headline = (page: Page, name: string | RegExp) => region(page, name).locator('p').first().innerText();

/** Every different value that a reading takes until the job on the page has ended. */
async function watch(page: Page, read: () => Promise<string>): Promise<Set<string>> {
  const seen = new Set<string>();
  const ended = region(page, 'Progress').getByText('Completed');
  const until = Date.now() + LONG_MS;
  while (!(await ended.isVisible()) && Date.now() < until) {
    seen.add(await read().catch(() => 'away'));
    await page.waitForTimeout(200);
  }
  return seen;
}

describe.skipIf(NO_BROWSER)('training from the first file to the last cent', () => {
  const product = inject('product');
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  afterAll(() => browser?.close());

  async function newcomer(name: string) {
    const opened = await openPage(browser, { acceptDownloads: true });
    await signUp(opened.page, product, newEmail(name));
    return opened;
  }

  it('uploads, estimates, trains, downloads, is told of it, and finds every cent explained', {
    timeout: 360_000,
  }, async () => {
    const { page, faults } = await newcomer('tess');
    await page.getByRole('link', { name: 'Upload a dataset' }).click();
    await page.waitForURL('**/datasets');
    await uploadExample(page, product.url);

    await page.getByRole('link', { name: 'questions', exact: true }).click();
    await region(page, 'In numbers').getByText('180', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Show as table' }).click();
    await page.getByRole('table', { name: 'Rows by their length' }).waitFor();
    await page.getByRole('link', { name: 'Train on this' }).click();

    const estimate = region(page, 'Estimate');
    await estimate.getByText(/^Most likely between/).waitFor();
    const before = await headline(page, 'Estimate');
    await page.getByText('Hyperparameters').click();
    await page.getByLabel('num_train_epochs').fill('none');
    await page.getByText('Type a whole number from 1 to 100.').waitFor();
    await page.getByLabel('num_train_epochs').fill('40');
    await page.getByLabel('eval_steps').fill('25');
    await estimate.getByText(/^Most likely between/).waitFor();
    await expect.poll(() => headline(page, 'Estimate'), { timeout: 20_000 }).not.toBe(before);
    await page.getByLabel('Name').fill('first run');
    await page.getByRole('button', { name: 'Start the job' }).click();
    await page.getByRole('heading', { name: 'first run', level: 1 }).waitFor();

    const id = jobIdOf(page);
    await page.getByRole('link', { name: 'Explain every cent' }).click();
    await region(page, 'Every cent explained').getByRole('button', { name: 'Hide' }).waitFor();
    const seen = await watch(
      page,
      async () => `${await headline(page, 'Cost so far')} ${await headline(page, 'Loss')}`,
    );
    expect([...seen].filter((each) => each.includes('$')).length, 'cost and loss move').toBeGreaterThan(2);
    const job = await ask<Job>(page.request, `${product.url}/api/jobs/${id}`);
    expect(job.status).toBe('completed');
    expect(job.cost_exact).not.toBe('0.0000000000');
    const exact = job.cost_exact.replace(/0+$/, '');
    await region(page, 'Cost').getByText(`Exactly ${exact} USD`).waitFor();

    // every cent: the records on the page sum to the job's cost, and the price says the same
    const sums = page
      .getByRole('table', { name: 'What was paid for' })
      .getByRole('row', { name: /^Attempt 1, compute/ });
    await sums.getByText('the same', { exact: true }).waitFor();
    const timesShown = async () => (await sums.innerText()).split(exact).length - 1;
    await expect.poll(timesShown, { timeout: 20_000, message: 'computed and summed' }).toBe(2);

    await page.getByRole('link', { name: 'To the adapter' }).click();
    await page.getByRole('button', { name: 'Get download links' }).click();
    const coming = page.waitForEvent('download');
    await page.getByRole('link', { name: 'All files as one archive' }).click();
    const archive = readFileSync(await (await coming).path());
    expect(archive.subarray(0, 2).toString()).toBe('PK');
    expect(await namesIn(archive)).toEqual(
      expect.arrayContaining(['adapter_config.json', 'adapter_model.safetensors']),
    );

    // the events of a job are one thread: a later one settles those before it, so two things are unread
    await page.getByRole('link', { name: '2 unread notifications' }).click();
    await page.waitForURL('**/#notifications');
    const inbox = region(page, /^Notifications/);
    for (const title of [
      'Dataset ready: questions',
      '“first run” is queued',
      '“first run” has started',
      '“first run” is trained',
      'Adapter of first run is ready',
    ]) {
      await inbox.getByRole('heading', { name: title }).waitFor();
    }
    await inbox.getByRole('button', { name: 'Mark as read: Adapter of first run is ready' }).click();
    await inbox.getByRole('heading', { name: 'Notifications 1 unread' }).waitFor();
    await page.getByRole('link', { name: '1 unread notification' }).waitFor();

    // the overview has what the job has: its compute to the last digit, and what storage has been metered so far
    const all = async () => {
      const costs = await ask<Costs>(page.request, `${product.url}/api/costs`);
      const { totals } = await ask<Totals>(page.request, `${product.url}/api/jobs/${id}/costs`);
      return { costs, isSame: costs.total_cost_exact === totals[0]?.amount_exact };
    };
    await expect.poll(async () => (await all()).isSame, { timeout: 20_000 }).toBe(true);
    expect((await all()).costs.cost_by_type_exact.compute).toBe(job.cost_exact);
    await page.reload();
    const isShown = async () => {
      const { total_cost_exact } = (await all()).costs;
      return (await region(page, /^Spent/).innerText()).includes(`Exactly ${total_cost_exact.replace(/0+$/, '')} USD`);
    };
    await expect.poll(isShown, { timeout: 45_000 }).toBe(true);
    await inbox.getByRole('link', { name: 'Adapter of first run is ready' }).click();
    await page.getByRole('heading', { name: 'first run', level: 1 }).waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('says kindly that a file is there already, what is wrong with one, and ends an upload that is cancelled', async () => {
    const { page } = await newcomer('udo');
    await uploadExample(page, product.url);
    const upload = region(page, 'Upload a dataset');
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await upload.getByText('Choose a file first.').waitFor();
    await page.getByLabel('File').setInputFiles(EXAMPLE);
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await upload.getByText(/^You have this content already, as “questions”, and it is ready/).waitFor();

    await page
      .getByLabel('File')
      .setInputFiles({ name: 'empty.jsonl', mimeType: 'text/plain', buffer: Buffer.alloc(0) });
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await Promise.race([
      upload.getByRole('alert').waitFor(),
      region(page, 'Your datasets').getByText('Invalid', { exact: true }).waitFor(),
    ]);

    await page.route('**/api/datasets', (route) =>
      route.request().method() === 'POST' ? undefined : route.continue(),
    );
    await page.getByLabel('File').setInputFiles({ name: 'x.jsonl', mimeType: 'text/plain', buffer: Buffer.from('{}') });
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel the upload' }).click();
    await page.getByRole('button', { name: 'Upload', exact: true }).waitFor();
    await page.getByRole('status').getByText('The upload was cancelled.').waitFor({ state: 'attached' });
    await page.context().close();
  });

  it('starts one job although the first answer is lost, and cancels it with its cost named', {
    timeout: 240_000,
  }, async () => {
    const { page } = await newcomer('ines');
    await uploadExample(page, product.url);
    await page.getByRole('link', { name: 'Train on questions' }).click();
    await region(page, 'Estimate')
      .getByText(/^Most likely between/)
      .waitFor();
    await page.getByText('Hyperparameters').click();
    await page.getByLabel('num_train_epochs').fill('100');
    const keys: (string | undefined)[] = [];
    await page.route('**/api/jobs', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      keys.push(route.request().headers()['idempotency-key']);
      await route.fetch();
      if (keys.length === 1) return route.abort();
      return route.continue();
    });
    await page.getByRole('button', { name: 'Start the job' }).click();
    await page.getByRole('alert').filter({ hasText: 'The job was not started' }).waitFor();
    await page.getByRole('button', { name: 'Start the job' }).click();
    await page.waitForURL(/\/jobs\/[0-9a-f-]{36}$/);
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
    const { jobs } = await ask<{ jobs: unknown[] }>(page.request, `${product.url}/api/jobs`);
    expect(jobs).toHaveLength(1);

    await page.getByRole('button', { name: 'Cancel the job' }).click();
    const question = page.getByRole('alertdialog');
    await question.getByText(/has cost \$/).waitFor();
    await question.getByRole('button', { name: 'Let it go on' }).click();
    await question.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Cancel the job' }).click();
    await question.getByRole('button', { name: 'Cancel the job' }).click();
    await region(page, 'Progress').getByText('Cancelled').waitFor({ timeout: LONG_MS });
    await page.getByRole('button', { name: 'Retry as a new job' }).waitFor();
    await page.goto(`${product.url}/jobs?status=cancelled`);
    await region(page, 'Your jobs')
      .getByRole('link', { name: /^questions on/ })
      .waitFor();
    await page.goto(`${product.url}/jobs?status=failed`);
    await page.getByText('No job of this kind').waitFor();
    await page.context().close();
  });

  it('goes from a file to a running job by the keyboard alone', { timeout: 240_000 }, async () => {
    const { page } = await newcomer('kim');
    const { keyboard } = page;
    await page.reload();
    await tabTo(page, page.getByRole('link', { name: 'Datasets' }));
    await keyboard.press('Enter');
    await page.getByText('No dataset yet').waitFor();
    const choosing = page.waitForEvent('filechooser');
    await tabTo(page, page.getByLabel('File'));
    await keyboard.press('Enter');
    await (await choosing).setFiles(EXAMPLE);
    await tabTo(page, page.getByRole('button', { name: 'Upload', exact: true }));
    await keyboard.press('Enter');
    const said = page.getByRole('status');
    await said.getByText('“questions” was uploaded and is being checked.').waitFor({ state: 'attached' });
    await tabTo(page, page.getByRole('link', { name: 'Train on questions' }));
    await keyboard.press('Enter');
    await said.getByText(/^Estimate: \$/).waitFor({ state: 'attached' });
    await tabTo(page, page.locator('summary'));
    await keyboard.press('Enter');
    await tabTo(page, page.getByLabel('num_train_epochs'));
    await keyboard.type('100');
    await tabTo(page, page.getByRole('button', { name: 'Start the job' }));
    await keyboard.press('Enter');
    await page.waitForURL(/\/jobs\/[0-9a-f-]{36}$/);
    await tabTo(page, page.getByRole('button', { name: 'Cancel the job' }));
    await keyboard.press('Enter');
    await page.getByRole('alertdialog').waitFor();
    await keyboard.press('Escape');
    await page.getByRole('alertdialog').waitFor({ state: 'detached' });
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Cancel the job');
    await keyboard.press('Enter');
    await tabTo(page, page.getByRole('alertdialog').getByRole('button', { name: 'Cancel the job' }));
    await keyboard.press('Enter');
    await region(page, 'Progress').getByText('Cancelled').waitFor({ timeout: LONG_MS });
    await page.context().close();
  });
});
