import type { Problem, Tree } from './tree';

const MOST_LINES = 400;
const MOST_LINES_OF_A_FUNCTION = 75;
const GENERATED = /^(src\/db\/types\.ts|supabase\/schema\.sql)$/;

/** A line after which a function's body begins, in the way in which the formatter writes it. */
const FUNCTION_START =
  /^(\s*)(?:export )?(?:default )?(?:async )?(?:function\b.*|(?:const|readonly)? ?[\w$]+.*=>|(?:static |async |get |set )*[\w$]+\(.*\)(?:: .*)?) \{$/;

/** Lines of the functions of a file that are longer than they should be. */
function longFunctions(file: string, text: string): Problem[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const indent = line.match(FUNCTION_START)?.[1];
    if (indent === undefined || /^\s*(if|for|while|switch|describe|it|test)\b/.test(line)) return [];
    const end = lines.findIndex((other, at) => at > index && other.startsWith(`${indent}}`));
    const length = end - index + 1;
    return length > MOST_LINES_OF_A_FUNCTION
      ? [{ file, line: index + 1, message: `a function of ${length} lines (${MOST_LINES_OF_A_FUNCTION} are plenty)` }]
      : [];
  });
}

/** Warnings only: files and functions that have grown too large to be read at once. */
export function checkSizes(tree: Tree): Problem[] {
  const problems: Problem[] = [];
  for (const [file, text] of tree) {
    if (!/^(src|trainers|tests|scripts|bench|supabase)\/.*\.(ts|tsx|mjs|sql)$/.test(file) || GENERATED.test(file))
      continue;
    const count = text.split('\n').length - 1;
    const isHistory = file.startsWith('supabase/migrations/');
    if (count > MOST_LINES && !isHistory) problems.push({ file, message: `${count} lines (${MOST_LINES} are plenty)` });
    if (/^(src|trainers|scripts)\/.*(?<!\.test)\.tsx?$/.test(file)) problems.push(...longFunctions(file, text));
  }
  return problems;
}
