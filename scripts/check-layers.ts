// `npm run layers`: fails where the import table, the names or the documents are broken; warns about what has grown large.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkDocuments } from './checks/documents';
import { checkCycles, checkLayers, checkOracles } from './checks/layers';
import { checkNames } from './checks/names';
import { checkSizes } from './checks/sizes';
import { type Problem, readTree, type Tree } from './checks/tree';
import { checkWords } from './checks/words';

const CHECKS = [checkLayers, checkCycles, checkOracles, checkNames, checkWords, checkDocuments];

/** What is wrong with a tree, and what is only worth a look. */
export function checkTree(tree: Tree): { problems: Problem[]; warnings: Problem[] } {
  return { problems: CHECKS.flatMap((check) => check(tree)), warnings: checkSizes(tree) };
}

const shown = ({ file, line, message }: Problem): string =>
  `${file}${line === undefined ? '' : `:${line}`}  ${message}`;

function main(root: string): void {
  const tree = readTree(root);
  const { problems, warnings } = checkTree(tree);
  for (const warning of warnings) console.log(`warning  ${shown(warning)}`);
  for (const problem of problems) console.error(shown(problem));
  console.log(`${tree.size} files: ${problems.length} problems, ${warnings.length} warnings`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv[2] ?? path.join(import.meta.dirname, '..'));
