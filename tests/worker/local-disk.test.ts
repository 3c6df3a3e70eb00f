import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { follow, orderOf, type Story } from './executor-contract';
import { type LocalBench, markedProcesses, openLocal, script } from './local-bench';

/** A disk of two megabytes; null where we may not make one. */
function smallDisk(): string | null {
  const folder = mkdtempSync(path.join(tmpdir(), 'pipeline-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmdirSync(folder);
    return null;
  }
}

const opened: { bench: LocalBench; disk: string }[] = [];

function openOnDisk(disk: string, freeBytes: number): LocalBench {
  const trainers = {
    filler: script('disk-filler.mjs'),
    failing: script('disk-filler.mjs', 'fails'),
    brief: script('exits.mjs', '0'),
  };
  const bench = openLocal(trainers, { dataDir: path.join(disk, 'data'), limits: { freeBytes } });
  opened.push({ bench, disk });
  return bench;
}

afterEach(async () => {
  for (const { bench, disk } of opened.splice(0)) {
    await bench.close();
    execFileSync('umount', ['-l', disk]);
    rmdirSync(disk);
  }
});

const fill = (bench: LocalBench, attemptId: string) => writeFileSync(path.join(bench.folder(attemptId), 'work/go'), '');
const isTraining = (report: Story['last'], { events }: Story) => report.end !== null || events.length > 0;

describe('a full disk', () => {
  it('stops the run that fills it, and the end is written all the same', async ({ skip }) => {
    const disk = smallDisk() ?? skip('no small disk can be mounted here: run as root on Linux');
    const bench = openOnDisk(disk, 0);
    const order = orderOf('filler');
    await bench.executor.start(order);
    await follow(bench, order.attemptId, isTraining);
    fill(bench, order.attemptId);
    const { last, events } = await follow(bench, order.attemptId);
    expect(last.end).toMatchObject({ reason: 'disk_full', signal: 'SIGKILL' });
    expect(events.map(({ event }) => event.phase)).toEqual(['training']);
    expect(markedProcesses(order.attemptId)).toEqual([]);
    await expect(bench.executor.start(orderOf('brief'))).rejects.toMatchObject({ code: 'ENOSPC' });
    await bench.executor.discard(order.attemptId);
    const next = orderOf('brief');
    await bench.executor.start(next);
    expect((await follow(bench, next.attemptId)).last.end).toMatchObject({ reason: 'exited', exitCode: 0 });
  });

  it('is the reason where a command fails on it', async ({ skip }) => {
    const disk = smallDisk() ?? skip('no small disk can be mounted here: run as root on Linux');
    const bench = openOnDisk(disk, 0);
    const order = orderOf('failing');
    await bench.executor.start(order);
    fill(bench, order.attemptId);
    const { last } = await follow(bench, order.attemptId);
    expect(last.end?.reason).toBe('disk_full');
  });

  it('keeps a run from beginning, before it is quite full', async ({ skip }) => {
    const disk = smallDisk() ?? skip('no small disk can be mounted here: run as root on Linux');
    const bench = openOnDisk(disk, 1_500_000);
    writeFileSync(path.join(disk, 'other'), Buffer.alloc(1_000_000));
    const order = orderOf('brief');
    await bench.executor.start(order);
    const { last } = await follow(bench, order.attemptId);
    expect(last).toMatchObject({ startedAt: null, end: { reason: 'disk_full' } });
  });
});
