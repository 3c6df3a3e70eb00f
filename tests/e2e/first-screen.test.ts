import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { launchBrowser, NO_BROWSER, openPage } from './browser';
import { dollars, exactText, importCharges, insertNotifications, MADE_INBOX, madeMonth, newEmail, sumOf } from './data';
import { region, signUp } from './person';

const DAY_MS = 86_400_000;

describe.skipIf(NO_BROWSER)('the first screen', () => {
  const product = inject('product');
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  afterAll(() => browser?.close());

  /** An account that exists, with nobody signed in to it. */
  async function signUpAndLeave(email: string): Promise<void> {
    const { page } = await openPage(browser);
    await signUp(page, product, email);
    await page.context().close();
  }

  it('leads from an empty account to exact money, a shorter list of unread, and out again', async () => {
    const { page, faults } = await openPage(browser);
    const email = newEmail();
    const charges = madeMonth();
    const total = sumOf(charges);

    await page.goto(product.url);
    await page.waitForURL('**/sign-in');
    await signUp(page, product, email);
    const command = `npm run pipeline -- import charges examples/charges.csv --set user=${email}`;
    await page.getByText(command).waitFor();

    await importCharges(product, email, charges);
    await insertNotifications(product, email, MADE_INBOX);
    await page.reload();
    const spend = region(page, /^Spent in the last 30 days/);
    await spend.getByText(`Exactly ${exactText(total)} USD`).waitFor();
    expect((await spend.innerText()).replace(/\s/g, '')).toContain(dollars(total));
    const types = region(page, 'By type').getByRole('row', { name: 'Total' });
    expect(await types.innerText()).toContain(dollars(total));

    const inbox = region(page, /^Notifications/);
    await inbox.getByRole('heading', { name: 'Notifications 5 unread' }).waitFor();
    expect(await page.title()).toBe('(5) Overview · PIPELINE');
    await inbox.getByRole('button', { name: 'Mark as read: Run “support-tone-v3” failed' }).click();
    await inbox.getByRole('heading', { name: 'Notifications 4 unread' }).waitFor();
    await page.getByRole('link', { name: '4 unread notifications' }).waitFor();
    expect(await page.title()).toBe('(4) Overview · PIPELINE');
    await page.reload();
    await inbox.getByRole('heading', { name: 'Notifications 4 unread' }).waitFor();

    await inbox.getByRole('button', { name: 'Mark all as read' }).click();
    await inbox.getByRole('heading', { name: 'Notifications', exact: true }).waitFor();
    await expect.poll(() => page.title()).toBe('Overview · PIPELINE');

    await page.getByRole('button', { name: `Account: ${email}` }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL('**/sign-in');
    await page.goto(product.url);
    await page.waitForURL('**/sign-in');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('shows a new account a command that works as it is written', async () => {
    const { page } = await openPage(browser);
    const email = newEmail();
    await signUp(page, product, email);
    const command = await page.getByText('npm run pipeline -- ').innerText();
    const env = { ...process.env, PIPELINE_DATA_DIR: product.dataDir };
    await promisify(execFile)('/bin/sh', ['-c', command], { env, timeout: 60_000 });

    const lines = readFileSync('examples/charges.csv', 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
    const days = lines.map(([, at = '']) => at.slice(0, 10)).sort();
    const sum = lines.reduce((total, [, , , amount = '']) => {
      const [whole = '0', decimals = ''] = amount.replace('-', '').split('.');
      const size = BigInt(whole + decimals.padEnd(10, '0'));
      return total + (amount.startsWith('-') ? -size : size);
    }, 0n);
    await page.goto(`${product.url}/?start_date=${days[0]}&end_date=${days.at(-1)}`);
    await region(page, /^Spent/)
      .getByText(`Exactly ${exactText(sum)} USD`)
      .waitFor();
    await page.context().close();
  });

  it('signs in again and returns to the view that was asked for', async () => {
    const email = newEmail();
    await signUpAndLeave(email);
    const { page } = await openPage(browser);
    await page.goto(`${product.url}/sign-in?next=${encodeURIComponent('/?period=year&shown=table')}`);
    await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
    await page.getByLabel('Password', { exact: true }).fill('not the password');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: 'You are not signed in' }).waitFor();
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.waitForURL(`${product.url}/?period=year&shown=table`);
    await page.getByRole('link', { name: 'Year' }).and(page.locator('[aria-current=true]')).waitFor();
    await page.context().close();
  });

  it('ignores an address of elsewhere as the place to return to', async () => {
    const email = newEmail();
    await signUpAndLeave(email);
    const { page } = await openPage(browser);
    await page.goto(`${product.url}/sign-in?next=${encodeURIComponent('//example.com/')}`);
    await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
    await page.getByLabel('Password', { exact: true }).fill('correct horse battery');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.waitForURL(`${product.url}/`);
    await page.context().close();
  });

  it('says where the charges are when the period has none, and goes there', async () => {
    const { page } = await openPage(browser);
    const email = newEmail();
    const long = Date.parse('2017-12-22T12:00:00Z');
    const charges = madeMonth(long);
    await signUp(page, product, email);
    await importCharges(product, email, charges);
    await page.reload();
    const spend = region(page, /^Spent/);
    await spend.getByText('Your charges run from 23 Nov 2017 to 22 Dec 2017.').waitFor();
    await spend.getByRole('link', { name: 'Show these days' }).click();
    await spend.getByText(`Exactly ${exactText(sumOf(charges))} USD`).waitFor();
    expect(new URL(page.url()).search).toBe('?start_date=2017-11-23&end_date=2017-12-22');

    await page.getByRole('button', { name: 'Custom' }).click();
    await page.getByLabel('First day').fill('2017-12-20');
    await page.getByRole('button', { name: 'Show these days' }).click();
    const since = charges.filter(({ at }) => at.getTime() >= Date.parse('2017-12-20T00:00:00Z'));
    await spend.getByText(`Exactly ${exactText(sumOf(since))} USD`).waitFor();
    await page.goBack();
    await spend.getByText(`Exactly ${exactText(sumOf(charges))} USD`).waitFor();
    await page.context().close();
  });

  it('has a table behind the bars whose days add up, and the same values on the bars', async () => {
    const { page } = await openPage(browser);
    const email = newEmail();
    const charges = madeMonth();
    await signUp(page, product, email);
    await importCharges(product, email, charges);
    await page.goto(`${product.url}/?period=month`);
    await page.getByRole('button', { name: 'Show as table' }).click();
    const rows = page.getByRole('table', { name: 'Cost per day' }).getByRole('row');
    await rows.nth(5).waitFor();
    const cells = (await rows.allInnerTexts()).slice(1, -1).map((text) => text.split('\t'));
    const cents = cells.reduce(
      (sum, [, shown = '']) => sum + (/^[<>]/.test(shown) ? 0 : Number(shown.replace(/[^\d]/g, ''))),
      0,
    );
    expect(`$${(cents / 100).toLocaleString('en-US', { minimumFractionDigits: 2 })}`).toBe(dollars(sumOf(charges)));
    const tenBillionths = cells.reduce((sum, [, , exact = '']) => {
      const [whole = '0', decimals = ''] = exact.replace(/[ ,A-Z]/g, '').split('.');
      return sum + BigInt(whole + decimals.padEnd(10, '0'));
    }, 0n);
    expect(tenBillionths).toBe(sumOf(charges));

    await page.getByRole('button', { name: 'Show as table' }).click();
    const slider = page.getByRole('slider', { name: 'Cost per day' });
    await slider.focus();
    await page.keyboard.press('Home');
    const [day, shown] = cells[0] ?? [];
    expect(await slider.getAttribute('aria-valuetext')).toBe(`${day}: ${shown}`);
    await page.context().close();
  });

  it('keeps currencies apart and leads from one to the other', async () => {
    const { page } = await openPage(browser);
    const email = newEmail();
    const at = new Date(Date.now() - DAY_MS);
    const usd = [{ type: 'compute', amount: 15_000_000_000n, at, currency: 'USD' }];
    const eur = [{ type: 'storage', amount: 22_500_000_001n, at, currency: 'EUR' }];
    await signUp(page, product, email);
    await importCharges(product, email, [...usd, ...eur]);
    await page.reload();
    const spend = region(page, /^Spent/);
    await spend.getByText('Exactly 1.50 USD').waitFor();
    await spend.getByRole('link', { name: 'Show EUR' }).click();
    await spend.getByText('Exactly 2.2500000001 EUR').waitFor();
    expect(new URL(page.url()).searchParams.get('currency')).toBe('EUR');
    await page.context().close();
  });

  it('shows the days of another zone and can keep it as the setting', async () => {
    const { page } = await openPage(browser);
    const email = newEmail();
    await signUp(page, product, email);
    const at = new Date('2024-03-10T23:30:00Z');
    await importCharges(product, email, [{ type: 'compute', amount: 10_000_000_000n, at, currency: 'USD' }]);
    await page.reload();
    await page.getByText('All your charges are on 10 Mar 2024.').waitFor();
    await page.getByRole('button', { name: 'Time zone: UTC' }).click();
    await page.getByRole('menuitemradio', { name: /Europe\/Berlin/ }).click();
    await page.getByText('Your charges lie between 10 Mar 2024 and 11 Mar 2024.').waitFor();
    expect(new URL(page.url()).searchParams.get('timezone')).toBe('Europe/Berlin');
    await page.getByRole('button', { name: 'Time zone: Europe/Berlin' }).click();
    await page.getByRole('menuitem', { name: 'Make Europe/Berlin my setting' }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get('timezone')).toBe(null);
    await page.goto(`${product.url}/?start_date=2024-03-11&end_date=2024-03-11`);
    await page.getByRole('button', { name: 'Time zone: Europe/Berlin' }).waitFor();
    await page.getByText('Exactly 1.00 USD').waitFor();
    await page.context().close();
  });

  it('never writes a tiny amount as nothing', async () => {
    const { page } = await openPage(browser);
    const email = newEmail();
    await signUp(page, product, email);
    const at = new Date(Date.now() - DAY_MS);
    await importCharges(product, email, [{ type: 'egress', amount: 3n, at, currency: 'USD' }]);
    await page.reload();
    const spend = region(page, /^Spent/);
    await spend.getByText('Exactly 0.0000000003 USD').waitFor();
    await spend.getByText('<$0.01', { exact: true }).waitFor();
    expect(
      await region(page, 'By type')
        .getByRole('row', { name: /^Egress/ })
        .innerText(),
    ).toContain('<$0.01');
    await page.context().close();
  });

  it('shows a refusal in the words of the API', async () => {
    const { page } = await openPage(browser);
    await signUp(page, product, newEmail());
    const refusal = page.waitForResponse(
      (response) => response.url().includes('/api/costs') && response.status() === 400,
    );
    await page.goto(`${product.url}/?start_date=2024-05-02&end_date=2024-05-01`);
    const { details } = await (await refusal).json();
    await page.getByRole('alert').getByText(details).waitFor();
    await page.context().close();
  });

  it('says that the server is away, and recovers when it is back', async () => {
    const { page } = await openPage(browser);
    await signUp(page, product, newEmail());
    await page.route('**/api/costs?*', (route) => route.abort());
    await page.goto(`${product.url}/?period=week`);
    await page.getByRole('alert').getByText('The server cannot be reached.').waitFor();
    await page.unroute('**/api/costs?*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'No charges yet' }).waitFor();
    await page.context().close();
  });

  it('stays signed in, and says so, when signing out fails', async () => {
    const { page } = await openPage(browser);
    await signUp(page, product, newEmail());
    await page.route('**/api/auth/sign-out', (route) => route.abort());
    await page.getByRole('button', { name: /^Account: / }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('alert').filter({ hasText: 'You are still signed in' }).waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await page.getByRole('alert').filter({ hasText: 'signed in' }).count()).toBe(0);
    await page.context().close();
  });

  it('shows older notifications on demand', async () => {
    const { page } = await openPage(browser);
    const email = newEmail();
    await signUp(page, product, email);
    const rows = Array.from({ length: 11 }, (_, index) => ({
      type: 'job_started',
      title: `Run ${index + 1} started`,
      message: 'It costs $1.89 an hour.',
    }));
    await insertNotifications(product, email, rows);
    await page.reload();
    const inbox = region(page, /^Notifications/);
    await inbox.getByRole('heading', { name: 'Run 11 started' }).waitFor();
    expect(await inbox.getByRole('listitem').count()).toBe(8);
    await inbox.getByRole('button', { name: 'Show older' }).click();
    await inbox.getByRole('heading', { name: 'Unread: Run 1 started', exact: true }).waitFor();
    expect(await inbox.getByRole('listitem').count()).toBe(11);
    await page.context().close();
  });

  it('shows markup of a notification as text, and no link that runs a script', async () => {
    const { page, faults } = await openPage(browser);
    const email = newEmail();
    await signUp(page, product, email);
    const title = '<img src=x onerror="document.title=1"> & <b>bold</b>';
    await insertNotifications(product, email, [{ type: 'job_started', title, message: '<script>1</script>' }]);
    // The database may refuse such an address by itself; the page must not rely on that.
    await page.route('**/api/notifications?*', async (route) => {
      const answer = await (await route.fetch()).json();
      for (const row of answer.data.notifications) row.action_url = 'javascript:document.title="run"';
      await route.fulfill({ json: answer });
    });
    await page.reload();
    const inbox = region(page, /^Notifications/);
    await inbox.getByText(title, { exact: false }).waitFor();
    await inbox.getByText('<script>1</script>').waitFor();
    expect(await inbox.getByRole('link').count()).toBe(0);
    expect(await page.title()).toBe('(1) Overview · PIPELINE');
    expect(faults).toEqual([]);
    await page.context().close();
  });
});
