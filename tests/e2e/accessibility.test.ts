import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { DESKTOP, launchBrowser, NO_BROWSER, openPage, PHONE } from './browser';
import { importCharges, insertNotifications, MADE_INBOX, madeMonth, newEmail } from './data';
import { signUp } from './person';
import { picture } from './screens';

/** The faults that axe finds, in words. */
async function axeFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
  );
}

const widthOf = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);

interface Look {
  name: string;
  options: Parameters<typeof openPage>[1];
}

const LOOKS: Look[] = [
  { name: 'light', options: { colorScheme: 'light', viewport: DESKTOP } },
  { name: 'dark', options: { colorScheme: 'dark', viewport: DESKTOP } },
  { name: 'phone', options: { colorScheme: 'light', viewport: PHONE, hasTouch: true } },
  { name: 'phone-dark', options: { colorScheme: 'dark', viewport: PHONE, hasTouch: true } },
  { name: 'forced', options: { forcedColors: 'active', reducedMotion: 'reduce', viewport: DESKTOP } },
];

describe.skipIf(NO_BROWSER)('every state of the first screen, in every look', () => {
  const product = inject('product');
  let browser: Browser;
  let full: Awaited<ReturnType<typeof cookiesOf>>;
  let empty: Awaited<ReturnType<typeof cookiesOf>>;

  async function cookiesOf(email: string) {
    const { page } = await openPage(browser);
    await signUp(page, product, email);
    const cookies = await page.context().cookies();
    await page.context().close();
    return cookies;
  }

  beforeAll(async () => {
    browser = await launchBrowser();
    // Named, because it is seen in the pictures.
    const email = 'ada@example.com';
    full = await cookiesOf(email);
    await importCharges(product, email, madeMonth());
    await insertNotifications(product, email, MADE_INBOX);
    empty = await cookiesOf(newEmail());
  });

  afterAll(() => browser?.close());

  /** Opens a path in a look, checks it, and takes its picture. */
  async function check(look: Look, state: string, open: (page: Page) => Promise<void>, cookies: typeof full = []) {
    const { page, faults } = await openPage(browser, look.options);
    await page.context().addCookies(cookies);
    await open(page);
    await page.evaluate(() => document.fonts.ready);
    const name = `${state}-${look.name}`;
    await picture(page, name, { documented: /^dashboard-(light|dark|phone)$/.test(name) });
    expect(await axeFaults(page), name).toEqual([]);
    expect(await widthOf(page), name).toBeLessThanOrEqual(look.options?.viewport?.width ?? 0);
    expect(faults, name).toEqual([]);
    await page.context().close();
  }

  describe.each(LOOKS)('$name', (look) => {
    it('signing in', () =>
      check(look, 'sign-in', async (page) => {
        await page.goto(`${product.url}/sign-in`);
        await page.getByRole('link', { name: 'Create an account' }).waitFor();
      }));

    it('signing in with a wrong password', () =>
      check(look, 'sign-in-refused', async (page) => {
        await page.goto(`${product.url}/sign-in`);
        await page.getByRole('textbox', { name: 'E-mail' }).fill('nobody@example.com');
        await page.getByLabel('Password', { exact: true }).fill('not the password');
        await page.getByRole('button', { name: 'Sign in', exact: true }).click();
        await page.getByRole('alert').filter({ hasText: 'You are not signed in' }).waitFor();
      }));

    it('signing up', () =>
      check(look, 'sign-up', async (page) => {
        await page.goto(`${product.url}/sign-in?mode=sign-up`);
        await page.getByRole('button', { name: 'Create account' }).waitFor();
      }));

    it('a new password', () =>
      check(look, 'reset-password', async (page) => {
        await page.goto(`${product.url}/reset-password#token=none`);
        await page.getByLabel('New password').fill('correct horse battery');
        await page.getByRole('button', { name: 'Set password and sign in' }).click();
        await page.getByRole('alert').filter({ hasText: 'The password was not changed' }).waitFor();
      }));

    it('no such page', () =>
      check(look, 'not-found', async (page) => {
        await page.goto(`${product.url}/nothing-here`);
        await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
      }));

    it('an account without charges', () =>
      check(
        look,
        'empty',
        async (page) => {
          await page.goto(product.url);
          await page.getByRole('heading', { name: 'No charges yet' }).waitFor();
          await page.getByText('Nothing here yet').waitFor();
        },
        empty,
      ));

    it('the dashboard', () =>
      check(
        look,
        'dashboard',
        async (page) => {
          await page.goto(`${product.url}/?period=month`);
          await page.getByRole('slider', { name: 'Cost per day' }).waitFor();
          await page.getByRole('heading', { name: /^Notifications 5 unread/ }).waitFor();
        },
        full,
      ));

    it('a day that is read on the bars', () =>
      check(
        look,
        'dashboard-day',
        async (page) => {
          await page.goto(`${product.url}/?period=year`);
          await page.getByRole('slider', { name: 'Cost per day' }).press('ArrowLeft');
        },
        full,
      ));

    it('the table behind the bars', () =>
      check(
        look,
        'dashboard-table',
        async (page) => {
          await page.goto(`${product.url}/?period=week&shown=table`);
          await page.getByRole('table', { name: 'Cost per day' }).waitFor();
          await page.getByRole('heading', { name: /^Notifications 5 unread/ }).waitFor();
        },
        full,
      ));

    it('a period without charges', () =>
      check(
        look,
        'dashboard-empty-period',
        async (page) => {
          await page.goto(`${product.url}/?start_date=2020-01-01&end_date=2020-01-31`);
          await page.getByRole('link', { name: 'Show these days' }).waitFor();
        },
        full,
      ));

    it('days of one’s own choice', () =>
      check(
        look,
        'dashboard-custom',
        async (page) => {
          await page.goto(product.url);
          await page.getByRole('slider', { name: 'Cost per day' }).waitFor();
          await page.getByRole('button', { name: 'Custom' }).click();
          await page.getByRole('dialog').waitFor();
        },
        full,
      ));

    it('an error', () =>
      check(
        look,
        'error',
        async (page) => {
          await page.goto(`${product.url}/?timezone=Nowhere/City`);
          await page.getByRole('alert').waitFor();
        },
        full,
      ));

    it('loading', () =>
      check(
        look,
        'loading',
        async (page) => {
          await page.route('**/api/**', () => new Promise(() => {}));
          await page.goto(product.url);
          await page.getByText('Loading your costs').waitFor({ state: 'attached' });
        },
        full,
      ));
  });
});
