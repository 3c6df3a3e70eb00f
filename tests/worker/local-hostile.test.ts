import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { follow, orderOf, type Story } from './executor-contract';
import { openLocal, script } from './local-bench';

const bench = openLocal({
  garbage: script('garbage.mjs'),
  'long-lines': script('long-lines.mjs'),
  exits: script('exits.mjs', '137'),
  silent: script('exits.mjs', '0'),
  killed: { command: ['sh', '-c', 'kill -9 $$'], env: {}, limits: {} },
  absent: { command: ['/nowhere/train', '--fast'], env: {}, limits: {} },
  nameless: { command: ['no-such-program'], env: {}, limits: {} },
  folder: { command: ['/tmp'], env: {}, limits: {} },
  wrong: { command: [path.join(import.meta.dirname, 'trainers/no-interpreter.sh')], env: {}, limits: {} },
  limited: { command: ['sh', '-c', 'ulimit -n; ulimit -f'], env: {}, limits: { open_files: 77, file_mb: 1 } },
});
const small = openLocal({ flood: script('flood.mjs') }, { limits: { logBytes: 10_000, progressBytes: 20_000 } });
afterAll(() => Promise.all([bench.close(), small.close()]));

async function run(trainer: string, where = bench): Promise<Story & { attemptId: string }> {
  const order = orderOf(trainer);
  await where.executor.start(order);
  return { ...(await follow(where, order.attemptId)), attemptId: order.attemptId };
}
const textsOf = ({ lines }: Story, stream: string) => lines.filter((l) => l.stream === stream).map(({ text }) => text);

describe('a trainer that prints garbage', () => {
  it('is heard where it makes sense, and the rest is text', async () => {
    const { events, lines, last } = await run('garbage');
    expect(last.end).toMatchObject({ reason: 'exited', exitCode: 0 });
    expect(events.map(({ event }) => event)).toEqual([
      { step: 1, loss: 2 },
      { step: 2, loss: Number.NaN, gradient_norm: Number.POSITIVE_INFINITY },
    ]);
    for (const { text } of lines) {
      expect(text).toMatch(/^[^\p{Cc}]*$|\t/u);
      expect(text.isWellFormed()).toBe(true);
      expect(text.length).toBeLessThanOrEqual(4_000);
    }
    const stdout = lines.map(({ text }) => text);
    expect(stdout).toEqual(expect.arrayContaining(['{"step":"two"}', '@pipeline', 'red text\tend', '{"loss":NaN}']));
  });
});

describe('lines of ten megabytes', () => {
  it('are cut, and what follows them is heard', async () => {
    const story = await run('long-lines');
    expect(story.events.map(({ event }) => event)).toEqual([{ step: 7 }]);
    expect(textsOf(story, 'stderr').map(({ length }) => length)).toEqual([4_000, 5]);
    expect(
      textsOf(story, 'stdout')
        .map(({ length }) => length)
        .sort(),
    ).toEqual([4_000, 4_000, 4_000, 4_000, 5]);
    expect(statSync(path.join(bench.folder(story.attemptId), 'events.jsonl')).size).toBeLessThan(30_000);
  });
});

describe('more output than is kept', () => {
  it('is cut in the middle: phases, and the last lines, stay', async () => {
    const story = await run('flood', small);
    expect(statSync(path.join(small.folder(story.attemptId), 'events.jsonl')).size).toBeLessThan(60_000);
    expect(story.events.at(-1)?.event).toEqual({ phase: 'saving' });
    expect(textsOf(story, 'stderr')).toEqual(['the reason stands at the end']);
    expect(textsOf(story, 'stdout').slice(0, 2)).toEqual(['line 1', 'line 2']);
    expect(textsOf(story, 'stdout').at(-1)).toBe('line 3000');
    expect(textsOf(story, 'system')).toEqual([
      expect.stringContaining('more than is kept'),
      expect.stringContaining('more than is kept'),
      expect.stringMatching(/^\d+ lines were left out here\.$/),
    ]);
    expect(story.last.end).toMatchObject({ reason: 'exited', exitCode: 1 });
  });

  it('comes in stretches, and the end after the last of them', async () => {
    const { attemptId } = await run('flood', small);
    const events = readFileSync(path.join(small.folder(attemptId), 'events.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const whole = await follow(small, attemptId);
    expect(whole.events.length + whole.lines.length).toBe(events.length);
  });
});

describe('an end that is not a good one', () => {
  it.each([
    ['exits', { reason: 'exited', exitCode: 137, signal: null }],
    ['killed', { reason: 'exited', exitCode: null, signal: 'SIGKILL' }],
    ['silent', { reason: 'exited', exitCode: 0, signal: null }],
  ])('is told as it was: %s', async (trainer, end) => {
    const { last, lines, events } = await run(trainer);
    expect(last.end).toMatchObject(end);
    expect([...lines, ...events]).toEqual([]);
  });

  it.each([
    ['absent', /\/nowhere\/train is not there/],
    ['nameless', /no-such-program is not there/],
    ['folder', /\/tmp is not there, or may not be executed/],
    ['wrong', /could not be started|is not there/],
    ['unknown', /There is no trainer unknown/],
  ])('is one before the beginning where there is nothing to start: %s', async (trainer, message) => {
    const { last } = await run(trainer);
    expect(last).toMatchObject({ status: 'ended', startedAt: null, end: { reason: 'not_started', exitCode: null } });
    expect(last.end?.message).toMatch(message);
  });
});

describe('limits of the system', () => {
  it('hold for a trainer that asks for them', async () => {
    const story = await run('limited');
    expect(textsOf(story, 'stdout')).toEqual(['77', '2048']);
  });
});
