import { allImports, type Import } from './imports';
import type { Problem, Tree } from './tree';

/** The nouns of the domain; imports between them go from left to right only. */
export const NOUNS = [
  'training',
  'artifacts',
  'estimates',
  'datasets',
  'imports',
  'metering',
  'prices',
  'ledger',
  'budgets',
  'notifications',
  'delivery',
  'accounts',
] as const;

/** Which room may import which other one; ARCHITECTURE.md shows the same table to people. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  app: ['http', 'domain', 'components', 'lib'],
  components: ['lib', 'domain'],
  server: ['http', 'identity', 'domain', 'db', 'lib', 'worker', 'storage'],
  http: ['domain', 'identity', 'db', 'lib'],
  worker: ['domain', 'identity', 'db', 'lib', 'storage'],
  cli: ['domain', 'identity', 'db', 'lib', 'storage', 'worker', 'server'], // `pipeline start` is the server
  storage: ['lib'],
  identity: ['db', 'lib'],
  domain: ['db', 'lib'],
  db: ['lib'],
  lib: [],
  instrumentation: ['http', 'server', 'lib'], // where Next takes over what the server has built
};

const isTest = (file: string): boolean => /\.test\.tsx?$/.test(file);
const isStore = (file: string): boolean => /\/([\w-]+-)?(store|statements)\.ts$/.test(file);
const isOracle = (file: string): boolean => /\boracle\b/.test(file.slice(file.lastIndexOf('/') + 1));

/** The room of a file: the folder below src, or the name of a file that lies there. */
function roomOf(file: string): string | null {
  return file.match(/^src\/([\w-]+)/)?.[1] ?? null;
}

const nounOf = (file: string): string | null => file.match(/^src\/domain\/([\w-]+)\//)?.[1] ?? null;

const problem = ({ from, line }: Import, message: string): Problem => ({ file: from, line, message });

/** The edge between two rooms, where it is not in the table. */
function roomProblem(edge: Import, from: string, to: string): string | null {
  const allowed = ROOMS[from];
  if (!allowed) return `src/${from} is no room of the table in scripts/checks/layers.ts`;
  if (!allowed.includes(to)) return `${from} may not import ${to}: it may import ${allowed.join(', ') || 'nothing'}`;
  if (from === 'components' && to === 'domain' && !(edge.typeOnly && /\/schema\.ts$/.test(edge.to ?? ''))) {
    return 'components take types only from the domain, and only from its schema.ts';
  }
  if (from === 'http' && to === 'db' && !(edge.to === 'src/db/session.ts')) return 'http knows of db its sessions only';
  return null;
}

/** What the domain may take from db, and its nouns from each other. */
function domainProblem(edge: Import): string | null {
  const to = edge.to ?? '';
  if (to.startsWith('src/db/')) {
    const fine = edge.typeOnly || to === 'src/db/failures.ts' || isStore(edge.from);
    return fine ? null : 'only a store (store.ts, *-store.ts, *-statements.ts) writes SQL';
  }
  const [from, target] = [nounOf(edge.from), nounOf(to)];
  if (from === null || target === null || from === target) return null;
  const [left, right] = [NOUNS.indexOf(from as never), NOUNS.indexOf(target as never)];
  if (left < 0 || right < 0) return `${left < 0 ? from : target} is no noun of the table in scripts/checks/layers.ts`;
  if (left > right) return `${from} may not import ${target}: nouns import to the right only`;
  return /\/store\.ts$/.test(to) && !isStore(edge.from) && !edge.typeOnly
    ? `${from} calls a verb of ${target} and not its store`
    : null;
}

const FORBIDDEN_IN_DOMAIN = /^(next|react|react-dom|pg|pg-boss|pino)(\/|$)/;

function packageProblem({ from, specifier }: Import): string | null {
  const room = roomOf(from);
  if (room === 'domain' && FORBIDDEN_IN_DOMAIN.test(specifier)) return `the domain does not know ${specifier}`;
  if (room === 'components' && /^(pg|kysely|node:)/.test(specifier)) return `components do not know ${specifier}`;
  return null;
}

/** What a trainer shares with the product: how PEFT's configuration is written and read. */
const SHARED_WITH_TRAINERS = ['src/lib/adapter-config.ts', 'src/lib/row-side.ts'];

/** A trainer is a program of its own, which the product starts and talks to by the protocol alone. */
function trainerProblem({ from, to }: Import): string | null {
  if (to === null || isTest(from)) return null;
  const [isTrainer, wantsTrainer] = [from, to].map((file) => file.startsWith('trainers/'));
  if (isTrainer && !wantsTrainer && !SHARED_WITH_TRAINERS.includes(to))
    return `a trainer may import ${SHARED_WITH_TRAINERS.join(' and ')} only`;
  return wantsTrainer && !isTrainer ? 'trainers are started, not imported' : null;
}

function importProblem(edge: Import): string | null {
  const from = roomOf(edge.from);
  if (from === null || isTest(edge.from)) return null;
  if (edge.to === null) return packageProblem(edge);
  if (edge.to.startsWith('tests/') || edge.to.startsWith('scripts/')) return 'the product does not need its tests';
  const to = roomOf(edge.to);
  if (to === null || to === from) return from === 'domain' ? domainProblem(edge) : null;
  return roomProblem(edge, from, to) ?? (from === 'domain' ? domainProblem(edge) : null);
}

/** Only who checked a credential or read a row says that a text is an account's id. */
function brandProblem({ from, names, to }: Import): string | null {
  if (to !== 'src/lib/ids.ts' || !names.includes('asUserId')) return null;
  const vouches = /^(src\/(identity|db)\/|tests\/|bench\/)/.test(from) || isStore(from) || isTest(from);
  return vouches ? null : 'asUserId is for identity, db and stores: elsewhere an id comes from them';
}

/** The edges of the import table that are crossed. */
export function checkLayers(tree: Tree): Problem[] {
  return allImports(tree).flatMap((edge) =>
    [importProblem(edge), trainerProblem(edge), brandProblem(edge)]
      .filter((message) => message !== null)
      .map((message) => problem(edge, message)),
  );
}

/** Groups of files that import each other in a circle; types count too. */
export function checkCycles(tree: Tree): Problem[] {
  const targets = Map.groupBy(
    allImports(tree).filter((edge) => edge.to !== null),
    (edge) => edge.from,
  );
  const done = new Set<string>();
  const problems: Problem[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) {
      problems.push({ file, message: `imports itself: ${[...trail.slice(start), file].join(' → ')}` });
      return;
    }
    if (done.has(file)) return;
    for (const { to } of targets.get(file) ?? []) if (to) visit(to, [...trail, file]);
    done.add(file);
  };
  for (const file of tree.keys()) if (file.startsWith('src/')) visit(file, []);
  return problems;
}

/** An oracle that shares code with what it judges proves nothing: it imports nothing of src, not even by way of others. */
export function checkOracles(tree: Tree): Problem[] {
  const targets = Map.groupBy(allImports(tree), (edge) => edge.from);
  const pathToSource = (file: string, seen: Set<string>): string[] | null => {
    for (const { to } of targets.get(file) ?? []) {
      if (to === null || seen.has(to)) continue;
      seen.add(to);
      if (to.startsWith('src/')) return [to];
      const rest = pathToSource(to, seen);
      if (rest) return [to, ...rest];
    }
    return null;
  };
  return [...tree.keys()].filter(isOracle).flatMap((file) => {
    const found = pathToSource(file, new Set());
    return found ? [{ file, message: `an oracle imports nothing of src: ${[file, ...found].join(' → ')}` }] : [];
  });
}
