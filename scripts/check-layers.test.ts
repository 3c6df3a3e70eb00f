import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkTree } from './check-layers';
import { readTree } from './checks/tree';

/** A tree in small, with nothing to object to. */
const SOUND: Readonly<Record<string, string>> = {
  'README.md':
    'See `src/lib/money.ts` and [a decision](docs/decisions/001-exact.md). `npm test` and `npm run -s check`. PIPELINE_PORT.\n',
  'docs/decisions/001-exact.md': '# 001 Exact\n\n**Context.** x\n\n**Decision.** y\n\n**Consequences.** z\n',
  'package.json': '{ "scripts": { "start": "x", "test": "x", "check": "x" } }\n',
  'src/lib/money.ts': 'export const ZERO = 0n;\n',
  'src/lib/env.ts': 'export const port = process.env.PIPELINE_PORT;\n',
  'src/lib/ids.ts': 'export const asUserId = (text: string) => text;\n',
  'src/db/builder.ts': "import { ZERO } from '@/lib/money';\n\nexport const builder = ZERO;\n",
  'src/db/session.ts': 'export interface Session {}\n',
  'src/identity/verify.ts': "import { asUserId } from '@/lib/ids';\n\nexport const verify = asUserId;\n",
  'src/domain/ledger/store.ts':
    "import { builder } from '@/db/builder';\nimport { asUserId } from '@/lib/ids';\n\nexport const find = [builder, asUserId];\n",
  'src/domain/ledger/schema.ts': 'export type Cost = { amount: string };\n',
  'src/domain/ledger/read-costs.ts':
    "import type { Session } from '@/db/session';\nimport { find } from '@/domain/ledger/store';\n\nexport const readCosts = (_: Session) => find;\n",
  'src/domain/imports/post-lines.ts':
    "import { readCosts } from '@/domain/ledger/read-costs';\n\nexport const postLines = readCosts;\n",
  'src/http/handle.ts':
    "import type { Session } from '@/db/session';\n\nexport const handle = (session: Session) => session;\n",
  'src/components/bar.tsx':
    "import type { Cost } from '@/domain/ledger/schema';\n\nexport const Bar = (cost: Cost) => cost.amount;\n",
  'src/app/route.ts':
    "import { Bar } from '@/components/bar';\nimport { readCosts } from '@/domain/ledger/read-costs';\nimport { handle } from '@/http/handle';\n\nexport const GET = [Bar, readCosts, handle];\n",
  'tests/support/sums.ts': 'export const sum = (a: number, b: number) => a + b;\n',
  'tests/ledger/costs.oracle.ts': "import { sum } from '../support/sums';\n\nexport const total = sum;\n",
};

const folder = mkdtempSync(path.join(os.tmpdir(), 'pipeline-checks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let trees = 0;

/** What the checks object to in a copy of the sound tree with these files written over it. */
function problemsWith(planted: Readonly<Record<string, string>>): string[] {
  const root = path.join(folder, String(trees++));
  for (const [file, text] of Object.entries({ ...SOUND, ...planted })) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return checkTree(readTree(root)).problems.map(({ file, message }) => `${file}: ${message}`);
}

const imports = (what: string, from: string) => `import { ${what} } from '${from}';\n\nexport const x = ${what};\n`;

const word = (...parts: string[]) => parts.join('');

const VIOLATIONS: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['a room that imports leftwards', { 'src/lib/x.ts': imports('builder', '@/db/builder') }, /lib may not import db/],
  ['a room that nobody knows', { 'src/attic/x.ts': imports('ZERO', '@/lib/money') }, /no room/],
  [
    'a trainer that reaches into the product',
    { 'trainers/x/x.ts': imports('ZERO', '../../src/lib/money.ts') },
    /a trainer may/,
  ],
  [
    'a trainer that is imported',
    { 'trainers/x/x.ts': 'export const x = 1;\n', 'src/lib/x.ts': imports('x', '../../trainers/x/x.ts') },
    /started, not imported/,
  ],
  ['a page with SQL', { 'src/app/x.ts': imports('builder', '@/db/builder') }, /app may not import db/],
  [
    'a dynamic import over a wall',
    { 'src/lib/x.ts': "export const x = () => import('@/db/builder');\n" },
    /lib may not import db/,
  ],
  ['an import for its effect over a wall', { 'src/lib/x.ts': "import '@/db/builder';\n" }, /lib may not import db/],
  [
    'a re-export over a wall',
    { 'src/lib/x.ts': "export { builder } from '@/db/builder';\n\nexport const y = 1;\n" },
    /lib may not import db/,
  ],
  ['a relative import over a wall', { 'src/lib/x.ts': imports('builder', '../db/builder') }, /lib may not import db/],
  [
    'a noun that imports leftwards',
    { 'src/domain/ledger/x.ts': imports('postLines', '@/domain/imports/post-lines') },
    /ledger may not import imports/,
  ],
  [
    'a noun that nobody knows',
    { 'src/domain/gifts/x.ts': imports('readCosts', '@/domain/ledger/read-costs') },
    /gifts is no noun/,
  ],
  ['SQL outside a store', { 'src/domain/ledger/x.ts': imports('builder', '@/db/builder') }, /only a store/],
  [
    "another noun's store",
    { 'src/domain/imports/x.ts': imports('find', '@/domain/ledger/store') },
    /calls a verb of ledger/,
  ],
  [
    'a value from the domain in a component',
    { 'src/components/x.tsx': imports('readCosts', '@/domain/ledger/read-costs') },
    /components take types only/,
  ],
  [
    'a type from elsewhere in the domain in a component',
    {
      'src/components/x.tsx':
        "import type { readCosts } from '@/domain/ledger/read-costs';\n\nexport type X = typeof readCosts;\n",
    },
    /only from its schema/,
  ],
  ['more of db than sessions in http', { 'src/http/x.ts': imports('builder', '@/db/builder') }, /sessions only/],
  ['Next in the domain', { 'src/domain/ledger/x.ts': imports('cookies', 'next/headers') }, /does not know next/],
  ['React in the domain', { 'src/domain/ledger/x.ts': imports('useState', 'react') }, /does not know react/],
  [
    'the product importing its tests',
    { 'src/lib/x.ts': imports('sum', '@tests/support/sums') },
    /does not need its tests/,
  ],
  [
    'the brand of an account id elsewhere',
    { 'src/http/x.ts': imports('asUserId', '@/lib/ids') },
    /asUserId is for identity/,
  ],
  [
    'a circle',
    { 'src/lib/a.ts': imports('x', '@/lib/b'), 'src/lib/b.ts': imports('x', '@/lib/a') },
    /imports itself: src\/lib\/a\.ts → src\/lib\/b\.ts → src\/lib\/a\.ts/,
  ],
  [
    'an oracle that imports the product',
    { 'tests/ledger/costs.oracle.ts': imports('ZERO', '@/lib/money') },
    /an oracle imports nothing/,
  ],
  [
    'an oracle that does so by way of another file',
    { 'tests/support/sums.ts': imports('ZERO', '@/lib/money') },
    /an oracle imports nothing/,
  ],
  ['a barrel', { 'src/lib/all.ts': "export { ZERO } from './money';\nexport * from './ids';\n" }, /a barrel/],
  ['a barrel by its name', { 'src/lib/index.ts': 'export const x = 1;\n' }, /a barrel by its name/],
  ...['utils', 'helpers', 'services', 'common', 'core', 'misc'].flatMap((name) => [
    [`a folder called ${name}`, { [`src/${name}/x.ts`]: 'export const x = 1;\n' }, /says nothing/] as const,
    [`a file called ${name}`, { [`src/lib/${name}.ts`]: 'export const x = 1;\n' }, /says nothing/] as const,
  ]),
  ['something left for later', { 'src/lib/x.ts': word('// TO', 'DO: more\n') }, /left for later/],
  ['something to be mended', { 'src/lib/x.ts': word('// FIX', 'ME\n') }, /left for later/],
  ['a test that runs alone', { 'tests/x.test.ts': word('it.on', "ly('x', () => {});\n") }, /does not run/],
  ['a test that never runs', { 'tests/x.test.ts': word('describe.sk', "ip('x', () => {});\n") }, /does not run/],
  ['a silenced compiler', { 'src/lib/x.ts': word('// @ts-ign', 'ore\nexport const x: number = 1;\n') }, /silencing/],
  ['a silenced linter', { 'src/lib/x.ts': word('// biome-ign', 'ore lint: x\n') }, /silencing/],
  [
    'a value of any type',
    { 'src/lib/x.ts': word('export const x = (y: an', 'y) => y;\n') },
    /switches the type check off/,
  ],
  ['a path of one machine', { 'README.md': `${SOUND['README.md']}${word('/ro', 'ot/x')}\n` }, /path of one machine/],
  [
    'the host of a registry',
    { 'package-lock.json': word('{ "x": "https://regis', 'try.npm', 'js.org/x" }\n') },
    /host of a registry/,
  ],
  [
    'a resolved address in the lock file',
    { 'package-lock.json': word('{ "resol', 'ved": "https://x.example/x.tgz" }\n') },
    /host of a registry/,
  ],
  ['the clock in the domain', { 'src/domain/ledger/x.ts': 'export const x = Date.now();\n' }, /handed in/],
  ['another clock in the domain', { 'src/domain/ledger/x.ts': 'export const x = new Date();\n' }, /handed in/],
  [
    'the network in the domain',
    { 'src/domain/ledger/x.ts': "export const x = fetch('https://x.example');\n" },
    /handed in/,
  ],
  ['the environment in the domain', { 'src/domain/ledger/x.ts': 'export const x = process.env;\n' }, /handed in/],
  [
    'a variable that pages would hold',
    { 'src/app/x.ts': word('export const x = process.env.NEXT_PUB', 'LIC_X;\n') },
    /built into pages/,
  ],
  [
    'the environment read elsewhere',
    { 'src/http/x.ts': 'export const x = process.env.PIPELINE_PORT;\n' },
    /settings are read by src\/lib\/env/,
  ],
  [
    'a document that names a file that is gone',
    { 'README.md': `${SOUND['README.md']}\`src/lib/gone.ts\`\n` },
    /gone\.ts is not there/,
  ],
  [
    'a document that names a folder that is gone',
    { 'README.md': `${SOUND['README.md']}\`src/attic/\`\n` },
    /src\/attic\/ is not there/,
  ],
  [
    'a document that links to a file that is gone',
    { 'docs/x.md': '[x](../src/lib/gone.ts)\n' },
    /gone\.ts is not there/,
  ],
  [
    'a document that tells to run what is not there',
    { 'README.md': `${SOUND['README.md']}npm run fly\n` },
    /no script fly/,
  ],
  [
    'a script that no document tells of',
    { 'package.json': '{ "scripts": { "check": "x", "fly": "x" } }\n' },
    /no document tells of npm run fly/,
  ],
  [
    'a setting that nothing reads',
    { 'README.md': `${SOUND['README.md']}PIPELINE_COLOUR\n` },
    /nothing reads PIPELINE_COLOUR/,
  ],
  [
    'a setting that is not explained',
    { 'src/lib/env.ts': 'export const x = [process.env.PIPELINE_PORT, process.env.PIPELINE_DEPTH];\n' },
    /PIPELINE_DEPTH is not explained/,
  ],
  [
    'a decision without its number',
    { 'docs/decisions/003-late.md': SOUND['docs/decisions/001-exact.md']?.replace('001', '003') ?? '' },
    /number 002 is missing/,
  ],
  [
    'a number taken twice',
    { 'docs/decisions/001-other.md': SOUND['docs/decisions/001-exact.md'] ?? '' },
    /missing or taken twice/,
  ],
  [
    'a decision without consequences',
    { 'docs/decisions/001-exact.md': '# 001 Exact\n\n**Context.** x\n\n**Decision.** y\n' },
    /has no paragraph \*\*Consequences/,
  ],
];

describe('a sound tree', () => {
  it('passes', () => {
    expect(problemsWith({})).toEqual([]);
  });

  it.each([
    [
      'a type of another noun',
      {
        'src/domain/imports/x.ts':
          "import type { find } from '@/domain/ledger/store';\n\nexport type X = typeof find;\n",
      },
    ],
    [
      'a rule that is named in a comment',
      { 'src/domain/ledger/x.ts': '// never Date.now() here\nexport const x = 1;\n' },
    ],
    ['a wildcard that something matches', { 'README.md': `${SOUND['README.md']}\`src/domain/*/store.ts\`\n` }],
    ['a name to be chosen', { 'README.md': `${SOUND['README.md']}\`src/domain/<noun>/schema.ts\`\n` }],
  ])('may hold %s', (_, planted) => {
    expect(problemsWith(planted)).toEqual([]);
  });
});

describe('the checks object to', () => {
  it.each(VIOLATIONS)('%s', (_, planted, message) => {
    expect(problemsWith(planted)).toContainEqual(expect.stringMatching(message));
  });
});

describe('the checks warn about', () => {
  const warningsWith = (text: string) =>
    checkTree(new Map([...Object.entries(SOUND), ['src/lib/x.ts', text]])).warnings.map(({ message }) => message);

  it('a long file', () => {
    expect(warningsWith('export const x = 1;\n'.repeat(400))).toEqual([]);
    expect(warningsWith('export const x = 1;\n'.repeat(401))).toEqual(['401 lines (400 are plenty)']);
  });

  it.each([
    ['a function', 'export function x(a: number): void {'],
    ['an arrow', 'export const x = async (a: number): Promise<void> => {'],
    ['a method', 'export class X {\n  run(a: number): void {'],
  ])('%s that is long', (_, start) => {
    const end = start.includes('class') ? '  }\n}' : '}';
    const indent = start.includes('class') ? '    ' : '  ';
    const ofLines = (count: number) => `${start}\n${`${indent}a;\n`.repeat(count - 2)}${end}\n`;
    expect(warningsWith(ofLines(75))).toEqual([]);
    expect(warningsWith(ofLines(76))).toEqual(['a function of 76 lines (75 are plenty)']);
  });
});
