import type { Problem, Tree } from './tree';

const EMPTY_NAMES = /^(utils?|helpers?|services?|common|core|misc)$/;
const REEXPORT = /^export\s+(?:type\s+)?(?:\*|\{[^}]*\})(?:\s+as\s+\w+)?\s+from\s+'[^']+';?$/gm;

/** Names that say nothing about what is inside, and files that only pass on what others export. */
export function checkNames(tree: Tree): Problem[] {
  const problems: Problem[] = [];
  for (const [file, text] of tree) {
    if (!/^(src|trainers|tests|scripts|bench|bin)\//.test(file)) continue;
    const empty = file.split('/').find((part) => EMPTY_NAMES.test(part.replace(/\..*$/, '')));
    if (empty) problems.push({ file, message: `${empty} says nothing: name it after what is inside` });
    if (!/\.tsx?$/.test(file)) continue;
    const rest = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '').replaceAll(REEXPORT, '');
    const passesOn = text.match(REEXPORT) !== null;
    if (passesOn && rest.trim() === '') problems.push({ file, message: 'a barrel: import from where a name is made' });
    if (/^index\.tsx?$/.test(file.split('/').at(-1) ?? '')) problems.push({ file, message: 'a barrel by its name' });
  }
  return problems;
}
