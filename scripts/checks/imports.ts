import path from 'node:path';
import { lineAt, type Tree } from './tree';

/** One import of one file. */
export interface Import {
  readonly from: string;
  readonly line: number;
  /** As it is written. */
  readonly specifier: string;
  /** The file of the tree that it means; null: a package. */
  readonly to: string | null;
  /** Nothing of it is left when the program runs. */
  readonly typeOnly: boolean;
  readonly names: readonly string[];
}

const NAMES = String.raw`(?:[\w$]+|\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?)(?:,\s*(?:\{[^}]*\}|\*\s+as\s+[\w$]+))?`;
const STATIC = new RegExp(String.raw`^(?:import|export)\s+(type\s+)?(${NAMES})\s+from\s+'([^']+)'`, 'gm');
const FOR_EFFECT = /^import\s+'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*\)/g;

const EXTENSIONS = ['', '.ts', '.tsx', '.mjs', '/index.ts', '/index.tsx'];

/** The file that a specifier means, if it is one of the tree's. */
function resolve(tree: Tree, from: string, specifier: string): string | null {
  const target = specifier.startsWith('@/')
    ? `src/${specifier.slice(2)}`
    : specifier.startsWith('@tests/')
      ? `tests/${specifier.slice(7)}`
      : specifier.startsWith('.')
        ? path.posix.join(path.posix.dirname(from), specifier)
        : null;
  if (target === null) return null;
  return EXTENSIONS.map((extension) => target + extension).find((file) => tree.has(file)) ?? target;
}

const onlyTypes = (names: string): boolean => {
  const listed = names
    .match(/^\{([^}]*)\}$/)?.[1]
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return listed !== undefined && listed.length > 0 && listed.every((name) => name.startsWith('type '));
};

/** All imports of one file: static, for their effect only, and dynamic with a fixed specifier. */
export function importsOf(tree: Tree, from: string): Import[] {
  const text = tree.get(from) ?? '';
  const found: Import[] = [];
  const add = (index: number, specifier: string, names = '', typeOnly = false) =>
    found.push({
      from,
      line: lineAt(text, index),
      specifier,
      to: resolve(tree, from, specifier),
      typeOnly: typeOnly || onlyTypes(names),
      names: [...names.matchAll(/(?:type\s+)?([\w$]+)(?:\s+as\s+[\w$]+)?/g)].map((name) => name[1] ?? ''),
    });
  for (const match of text.matchAll(STATIC)) add(match.index, match[3] ?? '', match[2], match[1] !== undefined);
  for (const match of text.matchAll(FOR_EFFECT)) add(match.index, match[1] ?? '');
  for (const match of text.matchAll(DYNAMIC)) add(match.index, match[1] ?? '');
  return found;
}

export const isCode = (file: string): boolean => /\.(ts|tsx|mts|mjs)$/.test(file);

/** Every import of every file with code. */
export function allImports(tree: Tree): Import[] {
  return [...tree.keys()].filter(isCode).flatMap((file) => importsOf(tree, file));
}
