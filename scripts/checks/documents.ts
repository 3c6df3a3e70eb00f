import path from 'node:path';
import { lineAt, type Problem, type Tree } from './tree';

const isDocument = (file: string): boolean =>
  /^(README|ARCHITECTURE|CONTRIBUTING)\.md$|^(docs|trainers)\/.*\.md$/.test(file);

/** A word in code style that looks like a path of the tree: known folder first, or a file at the root. */
const CODE_SPAN = /`([^`\n]+)`/g;
const LINK = /\]\(([^)\s]+)\)/g;

/** Parts that stand for a name to be chosen. */
const PLACEHOLDER = /[<>…]|\bNNN\b|\bNOUN\b|\bverb-noun\b|\bEMAIL\b/;

function folders(tree: Tree): Set<string> {
  const found = new Set<string>();
  for (const file of tree.keys()) {
    for (let folder = path.posix.dirname(file); folder !== '.'; folder = path.posix.dirname(folder)) found.add(folder);
  }
  return found;
}

/** Whether the tree has the file or folder; `*` stands for any name. */
function exists(tree: Tree, known: ReadonlySet<string>, name: string): boolean {
  const clean = name.replace(/\/$/, '');
  if (!clean.includes('*')) return tree.has(clean) || known.has(clean);
  const pattern = new RegExp(
    `^${clean
      .split('*')
      .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^/]*')}$`,
  );
  return [...tree.keys(), ...known].some((file) => pattern.test(file));
}

/** The paths that a document names in code style. */
function namedPaths(text: string, tree: Tree, known: ReadonlySet<string>): { index: number; name: string }[] {
  return [...text.matchAll(CODE_SPAN)].flatMap((match) => {
    const name = (match[1] ?? '').replace(/:\d+$/, '');
    if (!/^[\w.@*()[\]-]+(\/[\w.@*()[\]-]+)*\/?$/.test(name) || PLACEHOLDER.test(name)) return [];
    const top = name.split('/')[0] ?? '';
    const isPath = name.includes('/')
      ? known.has(top)
      : /^[\w.-]+\.(md|json|ts|mjs|cjs|sql)$/.test(name) && tree.has(name) === false && /^[A-Z.]/.test(name);
    return isPath ? [{ index: match.index, name }] : [];
  });
}

function checkPaths(tree: Tree): Problem[] {
  const known = folders(tree);
  return [...tree]
    .filter(([file]) => isDocument(file))
    .flatMap(([file, text]) => {
      const links = [...text.matchAll(LINK)]
        .map((match) => ({ index: match.index, name: (match[1] ?? '').replace(/#.*$/, '') }))
        .filter(({ name }) => name !== '' && !/^(https?:|mailto:|\/)/.test(name))
        .map(({ index, name }) => ({ index, name: path.posix.join(path.posix.dirname(file), name) }));
      return [...namedPaths(text, tree, known), ...links]
        .filter(({ name }) => !exists(tree, known, name))
        .map(({ index, name }) => ({ file, line: lineAt(text, index), message: `${name} is not there` }));
    });
}

/** Commands that a document tells to run and package.json does not have, and those of package.json that none tells of. */
function checkScripts(tree: Tree): Problem[] {
  const scripts = Object.keys(JSON.parse(tree.get('package.json') ?? '{}').scripts ?? {});
  const told = new Set<string>(['start', 'test']);
  const problems: Problem[] = [];
  for (const [file, text] of tree) {
    if (!isDocument(file)) continue;
    for (const match of text.matchAll(/npm run (?:-[\w-]+ )*([\w:-]+)/g)) {
      told.add(match[1] ?? '');
      if (!scripts.includes(match[1] ?? '')) {
        problems.push({ file, line: lineAt(text, match.index), message: `package.json has no script ${match[1]}` });
      }
    }
  }
  const untold = tree.has('README.md') ? scripts.filter((script) => !told.has(script)) : [];
  return [
    ...problems,
    ...untold.map((script) => ({ file: 'package.json', message: `no document tells of npm run ${script}` })),
  ];
}

/** Settings that a document names and nothing reads, and those that are read and README.md does not name. */
function checkSettings(tree: Tree): Problem[] {
  const SETTING = /\b(?:PIPELINE|SUPABASE|DATABASE)_[A-Z_]*[A-Z]\b/g;
  const read = new Set(
    [...tree]
      .filter(([file]) => /^(src|trainers|tests|scripts|bench)\/.*\.(ts|mjs)$|^[\w.]+\.ts$/.test(file))
      .flatMap(([, text]) => text.match(SETTING) ?? []),
  );
  const problems = [...tree]
    .filter(([file]) => isDocument(file))
    .flatMap(([file, text]) =>
      [...text.matchAll(SETTING)]
        .filter((match) => !read.has(match[0]))
        .map((match) => ({ file, line: lineAt(text, match.index), message: `nothing reads ${match[0]}` })),
    );
  const readme = tree.get('README.md');
  const parsed = new Set(tree.get('src/lib/env.ts')?.match(SETTING) ?? []);
  const untold = readme === undefined ? [] : [...parsed].filter((name) => !readme.includes(name));
  return [
    ...problems,
    ...untold.map((name) => ({ file: 'README.md', message: `the setting ${name} is not explained` })),
  ];
}

/** Decisions are numbered without a gap, and each says its number. */
function checkDecisions(tree: Tree): Problem[] {
  const files = [...tree.keys()].filter((file) => file.startsWith('docs/decisions/')).sort();
  return files.flatMap((file, index) => {
    const number = String(index + 1).padStart(3, '0');
    const text = tree.get(file) ?? '';
    const problems: Problem[] = [];
    if (!path.posix.basename(file).startsWith(`${number}-`))
      problems.push({ file, message: `the number ${number} is missing or taken twice` });
    if (!text.startsWith(`# ${path.posix.basename(file).slice(0, 3)} `))
      problems.push({ file, message: 'the first line is "# NNN Title"' });
    for (const part of ['Context', 'Decision', 'Consequences']) {
      if (!new RegExp(`^\\*\\*${part}\\.\\*\\*`, 'm').test(text))
        problems.push({ file, message: `has no paragraph **${part}.**` });
    }
    return problems;
  });
}

/** Documents tell the truth about names: of files, commands, settings and decisions. */
export function checkDocuments(tree: Tree): Problem[] {
  return [...checkPaths(tree), ...checkScripts(tree), ...checkSettings(tree), ...checkDecisions(tree)];
}
