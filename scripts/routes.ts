// Lists the API's routes and fails where the files under src/app/api and the registry src/http/api.ts differ.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { operations } from '@/http/api';
import type { Handler } from '@/http/handle';
import type { Operation } from '@/http/operation';

const ROOT = path.join(import.meta.dirname, '..');
const APP = path.join(ROOT, 'src', 'app');
const METHODS = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** A route file and the address that it answers, in Next's own notation: `/api/jobs/[id]`. */
export type RouteFile = { readonly file: string; readonly address: string };

/** What a route file exports, as far as requests reach it. */
export type RouteModule = Partial<Record<(typeof METHODS)[number], Handler>>;

/** Every `route.ts` below src/app. */
export function findRouteFiles(): RouteFile[] {
  return readdirSync(APP, { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === 'route.ts')
    .map((file) => ({ file: path.join(APP, file), address: addressOf(path.dirname(file)) }))
    .sort((a, b) => a.address.localeCompare(b.address));
}

/** Loads a route file outside Next. */
export async function loadRoute({ file }: RouteFile): Promise<RouteModule> {
  return import(pathToFileURL(file).href);
}

/** Sentences for every difference between the files and the registry; empty where they agree. */
export async function compareWithRegistry(): Promise<string[]> {
  const problems: string[] = [];
  const answered = new Set<Operation>();
  for (const file of findRouteFiles().filter(
    ({ address }) => address.startsWith('/api/') && !address.includes('[[...'),
  )) {
    const module = await loadRoute(file);
    const openApiPath = file.address.replace(/\[(\w+)\]/g, '{$1}');
    for (const method of METHODS) {
      if (!module[method]) problems.push(`${file.address} does not answer ${method}: export all that route() gives.`);
      const spec = module[method]?.spec;
      if (!spec) continue;
      const found = operations.find((operation) => operation === spec);
      if (!found) problems.push(`${method} ${file.address} is not built from an operation of src/http/api.ts.`);
      else if (found.method !== method || found.path !== openApiPath) {
        problems.push(`${method} ${file.address} is built from the operation ${found.method} ${found.path}.`);
      } else answered.add(found);
    }
  }
  for (const { method, path: missing } of operations.filter((operation) => !answered.has(operation))) {
    problems.push(`${method} ${missing} is in src/http/api.ts and no route answers it.`);
  }
  return problems;
}

function addressOf(folder: string): string {
  const segments = folder.split(path.sep).filter((segment) => segment !== '.' && !/^\(.*\)$/.test(segment));
  return `/${segments.join('/')}`;
}

async function main(): Promise<void> {
  for (const { method, path: address, access = 'user', summary } of operations) {
    console.log(`${method.padEnd(6)} ${address.padEnd(34)} ${access.padEnd(6)} ${summary}`);
  }
  const problems = await compareWithRegistry();
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
