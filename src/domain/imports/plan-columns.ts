import { type Cell, isThere, READERS, type Values } from '@/domain/imports/cells';
import { COLUMNS, type Column, type ImportKind, isColumn, REQUIRED } from '@/domain/imports/columns';
import { LineFault, shown } from '@/domain/imports/line-fault';
import { badInput } from '@/lib/errors';

/** What was asked for with --map and --set. */
export interface ColumnRequest {
  readonly kind: ImportKind;
  /** Their column → ours, in the order given; one of theirs may feed several of ours. */
  readonly map: readonly (readonly [theirs: string, ours: string])[];
  /** Our column → the value of every line. */
  readonly set: readonly (readonly [ours: string, value: string])[];
}

/** Where the value of each of our columns comes from. */
export interface ColumnPlan {
  readonly kind: ImportKind;
  /** Ours → theirs. */
  readonly sources: ReadonlyMap<Column, string>;
  /** Ours → a value that was read once and holds for every line. */
  readonly constants: { readonly [C in Column]?: Values[C] };
  /** Names of theirs that --map mentions. */
  readonly mapped: ReadonlySet<string>;
}

/**
 * Checks --map and --set and says where each column comes from. A file's column feeds ours of the same name unless
 * --map sends another column there, or sends it elsewhere, or --set gives the value.
 *
 * @throws PipelineError `bad_input` with a sentence for the person at the keyboard.
 */
export function planColumns({ kind, map, set }: ColumnRequest): ColumnPlan {
  const constants = readConstants(kind, set);
  const mapped = new Set(map.map(([theirs]) => theirs));
  const sources = new Map<Column, string>();
  for (const column of COLUMNS[kind]) {
    if (!mapped.has(column) && !(column in constants)) sources.set(column, column);
  }
  const given = new Set<Column>();
  for (const [theirs, ours] of map) {
    if (!isColumn(kind, ours)) throw badInput(`--map ${theirs}=${ours}: ${unknownColumn(kind, ours)}`);
    if (ours in constants) throw badInput(`Both --map and --set give ${ours}. Leave one of them out.`);
    if (given.has(ours)) throw badInput(`--map gives ${ours} twice. One column of the file may feed it.`);
    given.add(ours);
    sources.set(ours, theirs);
  }
  return { kind, sources, constants, mapped };
}

/**
 * The names of the file's columns that are not used, after a check that every needed column is among them.
 *
 * @throws PipelineError `bad_input` where a mapped or a required column is missing, or a used name stands there twice.
 */
export function matchHeader(plan: ColumnPlan, header: readonly string[]): string[] {
  const present = new Set(header);
  for (const theirs of plan.mapped) {
    if (!present.has(theirs)) {
      throw badInput(`--map ${theirs}=…: the file has no column ${shown(theirs)}. It has: ${listed(header)}.`);
    }
  }
  const used = new Set([...plan.sources.values()].filter((theirs) => present.has(theirs)));
  for (const theirs of used) {
    if (header.indexOf(theirs) !== header.lastIndexOf(theirs)) {
      throw badInput(
        `The file has the column ${shown(theirs)} twice, so it is not clear which one counts. Rename one.`,
      );
    }
  }
  const missing = REQUIRED[plan.kind].find(
    (group) => !group.some((column) => column in plan.constants || used.has(plan.sources.get(column) ?? '')),
  );
  if (missing !== undefined) throw badInput(missingColumn(missing, header));
  return [...present].filter((theirs) => !used.has(theirs));
}

function readConstants(kind: ImportKind, set: ColumnRequest['set']): ColumnPlan['constants'] {
  const constants: Record<string, Values[Column]> = {};
  for (const [ours, value] of set) {
    if (!isColumn(kind, ours)) throw badInput(`--set ${ours}=${value}: ${unknownColumn(kind, ours)}`);
    if (ours === 'external_id') throw badInput('--set external_id=…: every line needs an id of its own. Use --map.');
    if (ours in constants) throw badInput(`--set gives ${ours} twice. Give it once.`);
    constants[ours] = readConstant(ours, value);
  }
  return constants as ColumnPlan['constants'];
}

function readConstant(ours: Column, value: Cell): Values[Column] {
  if (!isThere(value)) throw badInput(`--set ${ours}=: there is no value after the equals sign.`);
  try {
    return READERS[ours](value);
  } catch (error) {
    if (error instanceof LineFault) throw badInput(`--set ${ours}: ${error.message}.`);
    throw error;
  }
}

const unknownColumn = (kind: ImportKind, name: string): string =>
  `${shown(name)} is no column of ${kind}. They are: ${COLUMNS[kind].join(', ')}.`;

const listed = (names: readonly string[]): string =>
  names.slice(0, 40).map(shown).join(', ') + (names.length > 40 ? ` and ${names.length - 40} more` : '');

function missingColumn(group: readonly Column[], header: readonly string[]): string {
  const ours = group.join(' or ');
  const way =
    group[0] === 'external_id'
      ? `say which column holds it: --map theirs=external_id`
      : `say which column holds it (--map theirs=${group[0]}) or give every line the same one (--set ${group[0]}=…)`;
  return `The file has no column ${ours}: ${way}. It has: ${listed(header)}.`;
}
