import type { Page } from 'playwright-core';
import { region } from './person';
import type { ScreenState, Viewer } from './states';

/** A state that is reached by going to an address and waiting for what is there. */
const at = (name: string, viewer: Viewer, address: string, wait: (page: Page) => Promise<unknown>): ScreenState => ({
  name,
  viewer,
  async open(page, url) {
    await page.goto(`${url}${address}`);
    await wait(page);
  },
});

const text = (words: string | RegExp) => (page: Page) => page.getByText(words).first().waitFor();

/** Follows the link of that name from a list. */
const follow = (name: string, wait: (page: Page) => Promise<unknown>) => async (page: Page) => {
  await page.getByRole('main').getByRole('link', { name, exact: true }).click();
  await wait(page);
};

const hasRecords = (page: Page) => page.getByRole('table', { name: 'Records of this job’s cost' }).waitFor();

/** Every state that the screens of training can be in while nothing runs. */
export const TRAINING_STATES: readonly ScreenState[] = [
  at('datasets-empty', 'newcomer', '/datasets', text('No dataset yet')),
  at('jobs-empty', 'newcomer', '/jobs', text('No job yet')),
  at('models-empty', 'newcomer', '/models', text('No adapter yet')),
  at('new-job-empty', 'newcomer', '/jobs/new', text('No dataset is ready yet')),
  at('dataset-away', 'newcomer', '/datasets/00000000-0000-4000-8000-000000000000', text('There is no such dataset')),
  at('job-away', 'newcomer', '/jobs/00000000-0000-4000-8000-000000000000', text('There is no such job')),
  at('datasets', 'trainer', '/datasets', text('180 rows')),
  at('dataset', 'trainer', '/datasets', follow('questions', text('Most rows'))),
  at('dataset-invalid', 'trainer', '/datasets', follow('notes', text('This dataset cannot be used'))),
  at('dataset-delete', 'trainer', '/datasets', async (page) => {
    await follow('questions', text('Most rows'))(page);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('alertdialog').waitFor();
  }),
  at('new-job', 'trainer', '/jobs/new', text(/^Most likely between/)),
  at('new-job-faulty', 'trainer', '/jobs/new', async (page) => {
    await text(/^Most likely between/)(page);
    await page.getByText('Hyperparameters').click();
    await page.getByLabel('num_train_epochs').fill('0');
    await text('Type a whole number from 1 to 100.')(page);
  }),
  at('jobs', 'trainer', '/jobs', text('first adapter')),
  at('jobs-none', 'trainer', '/jobs?status=failed', text('No job of this kind')),
  at('job', 'trainer', '/jobs', follow('first adapter', hasRecords)),
  at('job-table', 'trainer', '/jobs', async (page) => {
    await follow('first adapter', hasRecords)(page);
    await region(page, 'Loss').getByRole('button', { name: 'Show as table' }).click();
    await page.getByRole('table', { name: 'Loss by step, newest first' }).waitFor();
  }),
  at('models', 'trainer', '/models', text('first adapter')),
  at('model', 'trainer', '/models', follow('first adapter', text('Perplexity'))),
  at('model-links', 'trainer', '/models', async (page) => {
    await follow('first adapter', text('Perplexity'))(page);
    await page.getByRole('button', { name: 'Get download links' }).click();
    await page.getByRole('link', { name: 'All files as one archive' }).waitFor();
  }),
];
