import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { watchMemoryKills } from './memory-kills';

const folder = mkdtempSync(path.join(tmpdir(), 'pipeline-kills-'));
const counter = path.join(folder, 'memory.events');
afterAll(() => rmSync(folder, { recursive: true }));

it('says so where the count of the first counter that is there has risen', () => {
  writeFileSync(counter, 'oom 1\noom_kill 4\noom_group_kill 9\n');
  const wasKilled = watchMemoryKills([path.join(folder, 'absent'), counter]);
  expect(wasKilled()).toBe(false);
  writeFileSync(counter, 'oom 9\noom_kill 4\n');
  expect(wasKilled()).toBe(false);
  writeFileSync(counter, 'oom 9\noom_kill 5\n');
  expect(wasKilled()).toBe(true);
});

it('never says so where nothing counts', () => {
  expect(watchMemoryKills([])()).toBe(false);
  expect(watchMemoryKills([path.join(folder, 'absent')])()).toBe(false);
});
