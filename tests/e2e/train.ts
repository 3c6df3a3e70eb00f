import { readFileSync } from 'node:fs';
import type { APIRequestContext, Page } from 'playwright-core';

/** The dataset that comes with the product. */
export const EXAMPLE = 'examples/questions.jsonl';

const WAIT_MS = 80_000;

/** The data of an answer of the API, asked for with the cookies of a page. */
export async function ask<T>(request: APIRequestContext, address: string): Promise<T> {
  const { data } = (await (await request.get(address)).json()) as { data: T };
  return data;
}

/** Asks again until it is so. */
async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + WAIT_MS;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${WAIT_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

interface Row {
  id: string;
  status: string;
  artifact_id?: string | null;
}

/** Uploads content as a dataset without any page, and waits until it has been checked. */
export async function addDataset(page: Page, url: string, name: string, content: Buffer): Promise<string> {
  const file = { name: `${name}.jsonl`, mimeType: 'application/jsonl', buffer: content };
  const answer = await page.request.post(`${url}/api/datasets`, { multipart: { name, tokenizer: 'bytes', file } });
  const { data } = (await answer.json()) as { data: Row };
  const isChecked = async () =>
    /^(ready|invalid)$/.test((await ask<Row>(page.request, `${url}/api/datasets/${data.id}`)).status);
  await until(isChecked, `the check of ${name}`);
  return data.id;
}

/** Trains an adapter without any page, and waits until it is there; gives the id of its job. */
export async function trainAdapter(page: Page, url: string, dataset: string, name: string): Promise<string> {
  const body = { dataset_id: dataset, name, hyperparameters: { num_train_epochs: 2, eval_steps: 10 } };
  const answer = await page.request.post(`${url}/api/jobs`, { data: body });
  const { data } = (await answer.json()) as { data: { job: Row } };
  const isCollected = async () => Boolean((await ask<Row>(page.request, `${url}/api/jobs/${data.job.id}`)).artifact_id);
  await until(isCollected, `the adapter of ${name}`);
  return data.job.id;
}

/** A dataset with a run and its adapter, and one that cannot be used: what somebody has who has begun to train. */
export async function fillTrainer(page: Page, url: string): Promise<void> {
  const rows = readFileSync(EXAMPLE);
  const faulty = Buffer.from('{"messages":[]}\nno JSON at all\n');
  await addDataset(page, url, 'notes', faulty);
  const dataset = await addDataset(page, url, 'questions', Buffer.concat([rows, Buffer.from('{"messages":[]}\n')]));
  await trainAdapter(page, url, dataset, 'first adapter');
}
