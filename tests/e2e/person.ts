import type { Page } from 'playwright-core';
import { PASSWORD } from './data';
import type { ProductPlace } from './product';

/** Makes an account through the page, as a person does, and waits for the overview. */
export async function signUp(page: Page, { url }: ProductPlace, email: string): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByRole('heading', { name: 'Create an account' }).waitFor();
  await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
}

/** The panel of that name. */
export const region = (page: Page, name: string | RegExp) => page.getByRole('region', { name });
