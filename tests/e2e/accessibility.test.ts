import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { DESKTOP, launchBrowser, NO_BROWSER, openPage, PHONE, type WatchedPage } from './browser';
import { importCharges, insertNotifications, MADE_INBOX, madeMonth } from './data';
import { signUp } from './person';
import { picture } from './screens';
import { type ScreenState, STATES, type Viewer } from './states';
import { fillTrainer } from './train';
import { TRAINING_STATES } from './training-states';

type Cookies = Awaited<ReturnType<ReturnType<Page['context']>['cookies']>>;

interface Look {
  name: string;
  options: Parameters<typeof openPage>[1];
  /** What axe looks at here; null where this look changes nothing that axe sees. */
  axe: ((builder: AxeBuilder) => AxeBuilder) | null;
}

const LOOKS: Look[] = [
  { name: 'light', options: { colorScheme: 'light', viewport: DESKTOP }, axe: (builder) => builder },
  {
    name: 'dark',
    options: { colorScheme: 'dark', viewport: DESKTOP },
    axe: (builder) => builder.withRules(['color-contrast', 'link-in-text-block']),
  },
  { name: 'phone', options: { colorScheme: 'light', viewport: PHONE, hasTouch: true }, axe: null },
  {
    name: 'forced colours',
    options: { forcedColors: 'active', reducedMotion: 'reduce', viewport: DESKTOP },
    axe: null,
  },
];

/** The faults that axe finds, in words. */
async function axeFaults(page: Page, look: Look): Promise<string[]> {
  if (look.axe === null) return [];
  const { violations } = await look.axe(new AxeBuilder({ page })).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary}`),
  );
}

describe.skipIf(NO_BROWSER)('every state of every screen', () => {
  const product = inject('product');
  let browser: Browser;
  let cookies: Record<Viewer, Cookies>;
  const pages = new Map<string, WatchedPage>();

  async function cookiesOf(email: string, fill = async (_: Page) => {}): Promise<Cookies> {
    const { page } = await openPage(browser);
    await signUp(page, product, email);
    await fill(page);
    const found = await page.context().cookies();
    await page.context().close();
    return found;
  }

  beforeAll(async () => {
    browser = await launchBrowser();
    // Named, because it is seen in the pictures.
    const email = 'ada@example.com';
    cookies = {
      nobody: [],
      newcomer: await cookiesOf('grace@example.com'),
      regular: await cookiesOf(email),
      trainer: await cookiesOf('lena@example.com', (page) => fillTrainer(page, product.url)),
    };
    await importCharges(product, email, madeMonth());
    await insertNotifications(product, email, MADE_INBOX);
  });

  afterAll(() => browser?.close());

  /** The page of a look and a viewer; it is kept, so that what was loaded once stays loaded. */
  async function pageOf(look: Look, viewer: Viewer): Promise<WatchedPage> {
    const key = `${look.name} ${viewer}`;
    const kept = pages.get(key);
    if (kept) return kept;
    const opened = await openPage(browser, look.options);
    await opened.page.context().addCookies(cookies[viewer]);
    pages.set(key, opened);
    return opened;
  }

  /** Opens a state in a look, takes its picture, and gives everything that is wrong with it. */
  async function faultsOf(look: Look, state: ScreenState): Promise<string[]> {
    const { page, faults } = await pageOf(look, state.viewer);
    await state.open(page, product.url);
    await page.evaluate(() => document.fonts.ready);
    // a colour on its way to another is nobody's contrast; what pulses for ever is not waited for
    await page.waitForFunction(() =>
      document.getAnimations().every((a) => a.playState !== 'running' || a.effect?.getTiming().iterations === Infinity),
    );
    await picture(page, `${state.name}-${look.name}`.replaceAll(' ', '-'));
    const found = [...faults.splice(0), ...(await axeFaults(page, look))];
    const [width, room] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    if (width > room) found.push(`scrolls sideways: ${width} px wide`);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    return found;
  }

  it.each([DESKTOP, PHONE])('keeps its places when the answers arrive, at $width px', async (viewport) => {
    const { page } = await openPage(browser, { viewport, hasTouch: viewport === PHONE });
    await page.context().addCookies(cookies.regular);
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/api/**', async (route) => {
      await asked;
      await route.continue();
    });
    await page.goto(product.url);
    const placeOf = async (selector: string) => {
      const { x, y, width, height } = (await page.locator(selector).boundingBox()) ?? {
        x: 0,
        y: 0,
        width: 0,
        height: 0,
      };
      return [x, y, width, height].map(Math.round);
    };
    await page.getByText('Loading your costs').waitFor({ state: 'attached' });
    const before = [await placeOf('#spend'), await placeOf('nav[aria-label=Period]')];
    answer();
    await page.getByRole('slider', { name: 'Cost per day' }).waitFor();
    expect([await placeOf('#spend'), await placeOf('nav[aria-label=Period]')]).toEqual(before);
    await page.context().close();
  });

  for (const look of LOOKS) {
    it.each([...STATES, ...TRAINING_STATES])(`$name is accessible and fits: ${look.name}`, async (state) => {
      expect(await faultsOf(look, state)).toEqual([]);
    });
  }
});
