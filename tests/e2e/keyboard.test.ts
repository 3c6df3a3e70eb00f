import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { launchBrowser, NO_BROWSER, openPage } from './browser';
import { importCharges, insertNotifications, MADE_INBOX, madeMonth, newEmail, PASSWORD } from './data';
import { tabTo } from './tab-to';

describe.skipIf(NO_BROWSER)('the keyboard alone', () => {
  const product = inject('product');
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  afterAll(() => browser?.close());

  it('signs up, reads days, changes the view, marks as read, and signs out', async () => {
    const { page } = await openPage(browser);
    const { keyboard } = page;
    const email = newEmail('kay');

    await page.goto(`${product.url}/sign-in`);
    await tabTo(page, page.getByRole('link', { name: 'Create an account' }));
    await keyboard.press('Enter');
    await tabTo(page, page.getByRole('textbox', { name: 'E-mail' }));
    await keyboard.type(email);
    await tabTo(page, page.getByLabel('Password', { exact: true }));
    await keyboard.type(PASSWORD);
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'No charges yet' }).waitFor();

    await importCharges(product, email, madeMonth());
    await insertNotifications(product, email, MADE_INBOX);
    await page.reload();
    await page.getByRole('heading', { name: 'Notifications 5 unread' }).waitFor();

    await tabTo(page, page.getByRole('link', { name: 'Skip to the content' }));
    await keyboard.press('Enter');
    await tabTo(page, page.getByRole('link', { name: 'Week' }));
    await keyboard.press('Enter');
    await page.getByRole('region', { name: /^Spent in the last 7 days/ }).waitFor();

    const slider = page.getByRole('slider', { name: 'Cost per day' });
    await tabTo(page, slider);
    await keyboard.press('End');
    const last = await slider.getAttribute('aria-valuetext');
    await keyboard.press('ArrowLeft');
    expect(await slider.getAttribute('aria-valuetext')).not.toBe(last);

    const marks = page.getByRole('button', { name: /^Mark as read: / });
    await tabTo(page, marks.first());
    const second = await marks.nth(1).getAttribute('aria-label');
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Notifications 4 unread' }).waitFor();
    // The pressed button is gone; the focus went on to the next one instead of getting lost.
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe(second);
    for (let left = 3; left >= 1; left -= 1) {
      await keyboard.press('Enter');
      await page.getByRole('heading', { name: `Notifications ${left} unread` }).waitFor();
    }
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Notifications', exact: true }).waitFor();

    await page.reload();
    await tabTo(page, page.getByRole('button', { name: 'Custom' }));
    await keyboard.press('Enter');
    await page.getByLabel('First day').waitFor();
    await keyboard.press('Escape');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Custom');

    await page.reload();
    await tabTo(page, page.getByRole('button', { name: `Account: ${email}` }));
    await keyboard.press('Enter');
    await keyboard.press('Enter');
    await page.waitForURL('**/sign-in');
    await page.context().close();
  });

  it('hears what changed', async () => {
    const { page } = await openPage(browser);
    const email = newEmail('kay');
    await page.goto(`${product.url}/sign-in?mode=sign-up`);
    await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('heading', { name: 'No charges yet' }).waitFor();
    await importCharges(product, email, madeMonth());
    await insertNotifications(product, email, MADE_INBOX);
    await page.reload();
    const said = page.getByRole('status');
    await page.getByRole('button', { name: /^Mark as read: Run “support/ }).click();
    await said.getByText('Marked as read. 4 unread notifications.').waitFor({ state: 'attached' });
    await page.getByRole('link', { name: 'Week' }).click();
    await said.getByText(/^Total \$[\d,]+\.\d\d\.$/).waitFor({ state: 'attached' });
    await page.context().close();
  });
});
