import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EnvError } from '@/lib/env';
import { readTrainers } from './trainer-registry';

const folder = mkdtempSync(path.join(tmpdir(), 'pipeline-trainers-'));
const file = path.join(folder, 'trainers.json');
afterAll(() => rmSync(folder, { recursive: true }));

function read(content: unknown) {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readTrainers(file);
}

describe('the trainers of an installation', () => {
  it('are the embedded one where nothing else is said', () => {
    const trainers = readTrainers(null);
    expect([...trainers.keys()]).toEqual(['tiny']);
    expect(trainers.get('tiny')?.command[0]).toBe(process.execPath);
  });

  it('are those of the file as well, with what lies beside it found from anywhere', () => {
    writeFileSync(path.join(folder, 'train.py'), '');
    const trainers = read({
      peft: { command: ['python3', 'train.py', '--fast', 'absent.py'], env: { HF_HOME: '/models' } },
      own: { command: ['./train.py'], limits: { memory_mb: 4_000, open_files: 1_024 } },
    });
    expect([...trainers.keys()]).toEqual(['tiny', 'peft', 'own']);
    expect(trainers.get('peft')).toEqual({
      command: ['python3', path.join(folder, 'train.py'), '--fast', 'absent.py'],
      env: { HF_HOME: '/models' },
      limits: {},
    });
    expect(trainers.get('own')).toMatchObject({
      command: [path.join(folder, 'train.py')],
      limits: { memory_mb: 4_000, open_files: 1_024 },
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['text that is no JSON', '{', /cannot be read as JSON/],
    ['a list', [], /the list: /],
    ['a name with a slash', { 'a/b': { command: ['x'] } }, /a\/b: must be a name of small letters/],
    ['no command', { a: {} }, /a\.command: must be a list: the program/],
    ['an empty command', { a: { command: [] } }, /a\.command: must name a program/],
    ['a command as one text', { a: { command: 'python3 train.py' } }, /a\.command: must be a list/],
    ['a variable of ours', { a: { command: ['x'], env: { PIPELINE_ATTEMPT: '1' } } }, /must not begin with PIPELINE_/],
    ['a limit of nothing', { a: { command: ['x'], limits: { memory_mb: 0 } } }, /memory_mb: must be a whole number/],
    ['an unknown field', { a: { command: ['x'], shell: true } }, /"shell"/],
  ])('are refused with a sentence: %s', (_, content, message) => {
    expect(() => read(content)).toThrow(EnvError);
    expect(() => read(content)).toThrow(message);
    expect(() => read(content)).toThrow(/^PIPELINE_TRAINERS: /);
  });

  it('are refused where the file is not there', () => {
    expect(() => readTrainers(path.join(folder, 'absent.json'))).toThrow(/PIPELINE_TRAINERS: .*absent\.json/);
  });
});
