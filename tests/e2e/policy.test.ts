import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { launchBrowser, NO_BROWSER, openPage } from './browser';
import { newEmail } from './data';
import { signUp } from './person';

const PAGES = ['/', '/datasets', '/jobs', '/jobs/new', '/models', '/sign-in', '/reset-password', '/nothing-here'];

/** Brings markup with a handler into the page, as a hole in its escaping would, and tells whether the handler ran. */
const handlerRuns = (page: Page): Promise<boolean> =>
  page.evaluate(async () => {
    const place = document.createElement('div');
    place.innerHTML = '<img src="data:," onerror="document.body.dataset.ran = 1">';
    document.body.append(place);
    await new Promise((resolve) => setTimeout(resolve, 300));
    return document.body.dataset.ran === '1';
  });

describe.skipIf(NO_BROWSER)('the content policy of the pages', () => {
  const product = inject('product');
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await launchBrowser();
    ({ page } = await openPage(browser));
    await signUp(page, product, newEmail());
  });

  afterAll(() => browser?.close());

  it.each(PAGES)('lets only the scripts of this one answer run: %s', async (path) => {
    const nonces = [];
    for (let turn = 0; turn < 2; turn += 1) {
      const answer = await page.request.get(`${product.url}${path}`);
      const headers = answer.headers();
      const policy = headers['content-security-policy'] ?? '';
      const scripts = /script-src ([^;]*)/.exec(policy)?.[1] ?? '';
      const nonce = /'nonce-([^']+)'/.exec(scripts)?.[1];
      expect(scripts).not.toMatch(/unsafe/);
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("object-src 'none'");
      expect(policy).toContain("base-uri 'none'");
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['referrer-policy']).toBe('same-origin');
      const tags = (await answer.text()).match(/<script\b[^>]*>/g) ?? [];
      expect(tags.length).toBeGreaterThan(0);
      expect(tags.filter((tag) => !tag.includes(`nonce="${nonce}"`))).toEqual([]);
      nonces.push(nonce);
    }
    expect(nonces[0]).not.toBe(nonces[1]);
  });

  it('stops a handler that got into a page, which runs where there is no policy', async () => {
    await page.goto(product.url);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    expect(await handlerRuns(page)).toBe(false);
    await page.goto('data:text/html,<body></body>');
    expect(await handlerRuns(page)).toBe(true);
  });
});
