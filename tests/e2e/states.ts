import type { Page } from 'playwright-core';

/**
 * Who looks: nobody who is signed in, somebody without any charge, somebody with a month of them, or somebody who has
 * begun to train.
 */
export type Viewer = 'nobody' | 'newcomer' | 'regular' | 'trainer';

export interface ScreenState {
  name: string;
  viewer: Viewer;
  /** Brings a fresh page into the state and waits until it is there. */
  open(page: Page, url: string): Promise<void>;
}

/** Every state that the first screen and the pages before it can be in. */
export const STATES: readonly ScreenState[] = [
  {
    name: 'sign-in',
    viewer: 'nobody',
    async open(page, url) {
      await page.goto(`${url}/sign-in`);
      await page.getByRole('link', { name: 'Create an account' }).waitFor();
    },
  },
  {
    name: 'sign-in-refused',
    viewer: 'nobody',
    async open(page, url) {
      await page.goto(`${url}/sign-in`);
      await page.getByRole('textbox', { name: 'E-mail' }).fill('nobody@example.com');
      await page.getByLabel('Password', { exact: true }).fill('not the password');
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByRole('alert').filter({ hasText: 'You are not signed in' }).waitFor();
    },
  },
  {
    name: 'sign-up',
    viewer: 'nobody',
    async open(page, url) {
      await page.goto(`${url}/sign-in?mode=sign-up`);
      await page.getByRole('button', { name: 'Create account' }).waitFor();
    },
  },
  {
    name: 'reset-password',
    viewer: 'nobody',
    async open(page, url) {
      await page.goto(`${url}/reset-password#token=none`);
      await page.getByLabel('New password').fill('correct horse battery');
      await page.getByRole('button', { name: 'Set password and sign in' }).click();
      await page.getByRole('alert').filter({ hasText: 'The password was not changed' }).waitFor();
    },
  },
  {
    name: 'not-found',
    viewer: 'nobody',
    async open(page, url) {
      await page.goto(`${url}/nothing-here`);
      await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    },
  },
  {
    name: 'empty',
    viewer: 'newcomer',
    async open(page, url) {
      await page.goto(url);
      await page.getByRole('heading', { name: 'No charges yet' }).waitFor();
      await page.getByText('Nothing here yet').waitFor();
    },
  },
  {
    name: 'dashboard',
    viewer: 'regular',
    async open(page, url) {
      await page.goto(`${url}/?period=month`);
      await page.getByRole('slider', { name: 'Cost per day' }).waitFor();
      await page.getByRole('heading', { name: /^Notifications 5 unread/ }).waitFor();
    },
  },
  {
    name: 'dashboard-day',
    viewer: 'regular',
    async open(page, url) {
      await page.goto(`${url}/?period=year`);
      await page.getByRole('slider', { name: 'Cost per day' }).press('ArrowLeft');
    },
  },
  {
    name: 'dashboard-table',
    viewer: 'regular',
    async open(page, url) {
      await page.goto(`${url}/?period=week&shown=table`);
      await page.getByRole('table', { name: 'Cost per day' }).waitFor();
      await page.getByRole('heading', { name: /^Notifications 5 unread/ }).waitFor();
    },
  },
  {
    name: 'dashboard-empty-period',
    viewer: 'regular',
    async open(page, url) {
      await page.goto(`${url}/?start_date=2020-01-01&end_date=2020-01-31`);
      await page.getByRole('link', { name: 'Show these days' }).waitFor();
    },
  },
  {
    name: 'dashboard-custom',
    viewer: 'regular',
    async open(page, url) {
      await page.goto(url);
      await page.getByRole('slider', { name: 'Cost per day' }).waitFor();
      await page.getByRole('button', { name: 'Custom' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'dashboard-menu',
    viewer: 'regular',
    async open(page, url) {
      await page.goto(url);
      await page.getByRole('button', { name: /^Account: / }).click();
      await page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'error',
    viewer: 'regular',
    async open(page, url) {
      await page.goto(`${url}/?timezone=Nowhere/City`);
      await page.getByRole('main').getByRole('alert').first().waitFor();
    },
  },
  {
    name: 'loading',
    viewer: 'regular',
    async open(page, url) {
      await page.route('**/api/**', () => new Promise(() => {}));
      await page.goto(url);
      await page.getByText('Loading your costs').waitFor({ state: 'attached' });
    },
  },
];
