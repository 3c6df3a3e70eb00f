import { lineAt, type Problem, type Tree } from './tree';

/** A word that does not belong where it is. The parts are joined here, so that this file does not hold it. */
interface Rule {
  readonly where: RegExp;
  readonly except?: RegExp;
  readonly pattern: RegExp;
  readonly message: string;
}

const joined = (...parts: string[]): string => parts.join('');
const CODE = /\.(ts|tsx|mts|mjs|cjs|css|sql|sh)$|^\.ci\//;
const TYPED = /\.(ts|tsx|mts)$/;
const DOMAIN = /^src\/domain\/.*(?<!\.test)\.ts$/;

export const RULES: readonly Rule[] = [
  {
    where: CODE,
    pattern: new RegExp(joined('\\b(TO', 'DO|FIX', 'ME|HA', 'CK)\\b')),
    message: 'nothing is left for later in the code',
  },
  {
    where: /\.test\.tsx?$/,
    pattern: /\b(?:it|test|describe)\.(only|todo|skip)\b/,
    message: 'a test that does not run proves nothing',
  },
  {
    where: CODE,
    pattern: new RegExp(
      joined('@ts-(ign', 'ore|no', 'check|expect-', 'error)|(biome|eslint)-(ign', 'ore|dis', 'able)'),
    ),
    message: 'mend what a tool objects to instead of silencing it',
  },
  {
    where: TYPED,
    except: /^src\/db\/types\.ts$/,
    pattern: /(?::|\bas|<|,|\|)\s*any\b(?=\s*[;,)\]>=|[}\n])|\bany\[\]/,
    message: 'any switches the type check off',
  },
  {
    where: /./,
    except: /^package-lock\.json$/,
    pattern: new RegExp(
      joined('(^|[\\s"\'`(=:])/(wo', 'rk|ro', 'ot|ho', 'me/\\w+|Us', 'ers/\\w+|tmp/', 'bp)(/|\\b)(?![\\w-])'),
    ),
    message: 'a path of one machine',
  },
  {
    where: /./,
    pattern: new RegExp(joined('regis', 'try\\.(npm', 'js|yarn', 'pkg)|"resol', 'ved":')),
    message: 'the host of a registry: whoever installs has their own',
  },
  {
    where: /^(src\/.*|next\.config\.ts)$/,
    pattern: new RegExp(joined('NEXT_PUB', 'LIC_')),
    message: 'a variable that is built into pages: ask the API instead',
  },
  {
    where: DOMAIN,
    pattern: /\bprocess\.env\b|(?<![.\w])fetch\(|\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bMath\.random\(/,
    message: 'the domain gets its clock, its settings and the outside world handed in',
  },
  {
    where: /^src\/.*(?<!\.test)\.tsx?$/,
    except: /^src\/(lib\/env|cli\/main)\.ts$/, // the command line explains a fault before the environment is parsed
    pattern: /\bprocess\.env\.(PIPELINE_|SUPABASE_|DATABASE_|HOST\b|PORT\b)\w*/,
    message: 'settings are read by src/lib/env.ts, once',
  },
];

const isComment = (text: string, index: number): boolean =>
  /^\s*(\/\/|\*|\/\*)/.test(text.slice(text.lastIndexOf('\n', index - 1) + 1, index + 1));

/** Words in places where they must not be; a comment may name what code may not do. */
export function checkWords(tree: Tree): Problem[] {
  const problems: Problem[] = [];
  for (const [file, text] of tree) {
    for (const { where, except, pattern, message } of RULES) {
      if (!where.test(file) || except?.test(file)) continue;
      for (const match of text.matchAll(new RegExp(pattern.source, 'gm'))) {
        const mayBeNamed = where === DOMAIN || where === TYPED;
        if (mayBeNamed && isComment(text, match.index)) continue;
        problems.push({ file, line: lineAt(text, match.index), message: `${match[0].trim()}: ${message}` });
      }
    }
  }
  return problems;
}
