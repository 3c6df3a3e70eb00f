import { clsx } from 'clsx';

export type Mood = 'quiet' | 'busy' | 'good' | 'bad';

const MOODS: Record<Mood, string> = {
  quiet: 'bg-sunken text-soft',
  busy: 'bg-accent-wash text-accent',
  good: 'bg-accent text-on-accent',
  bad: 'bg-alert-wash text-alert',
};

/** The state of something in one word; the colour only repeats it. */
export function StatusMark({ mood, children }: { mood: Mood; children: string }) {
  return (
    <span
      className={clsx(
        'inline-flex items-center gap-1.5 rounded-full border border-transparent px-2.5 py-0.5 text-xs font-medium whitespace-nowrap',
        MOODS[mood],
      )}
    >
      {mood === 'busy' ? <span aria-hidden="true" className="size-1.5 rounded-full bg-current" /> : null}
      {children}
    </span>
  );
}
