// Also read by the supervisor, which runs without the product: this file imports nothing of ours.
import { readFileSync } from 'node:fs';

const countIn = (file: string): number | null => {
  try {
    const [, count] = readFileSync(file, 'latin1').match(/^oom_kill (\d+)$/m) ?? [];
    return count === undefined ? null : Number(count);
  } catch {
    return null;
  }
};

/** Where the system counts processes that it ended for want of memory: our control group, else the whole machine. */
function counters(): string[] {
  try {
    return readFileSync('/proc/self/cgroup', 'latin1')
      .split('\n')
      .flatMap((line) => {
        const [, controllers, group] = line.match(/^\d+:([^:]*):(\/.*)$/) ?? [];
        if (group === undefined) return [];
        if (controllers === '') return [`/sys/fs/cgroup${group}/memory.events`, '/sys/fs/cgroup/memory.events'];
        return controllers?.split(',').includes('memory') ? [`/sys/fs/cgroup/memory${group}/memory.oom_control`] : [];
      })
      .concat('/proc/vmstat');
  } catch {
    return [];
  }
}

/**
 * A function that says whether the system has ended a process for want of memory since now; never where it does not count.
 *
 * @param files the first of them that has a count is believed
 */
export function watchMemoryKills(files: readonly string[] = counters()): () => boolean {
  const counter = files.find((file) => countIn(file) !== null);
  const before = counter === undefined ? null : countIn(counter);
  return () => {
    const after = counter === undefined ? null : countIn(counter);
    return before !== null && after !== null && after > before;
  };
}
