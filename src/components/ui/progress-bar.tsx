interface ProgressBarProps {
  /** What makes progress. */
  name: string;
  /** From 0 to 1; null while it is not known. */
  share: number | null;
  /** How far it is, in words. */
  text: string;
}

/** How far something is. */
export function ProgressBar({ name, share, text }: ProgressBarProps) {
  const percent = share === null ? undefined : Math.round(Math.min(1, Math.max(0, share)) * 100);
  return (
    <div
      role="progressbar"
      aria-label={name}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={text}
      className="h-2.5 overflow-hidden rounded-full bg-sunken forced-colors:border"
    >
      <div
        className={`share-bar h-full rounded-full bg-bar ${percent === undefined ? 'w-1/4 opacity-60' : 'transition-[width] duration-300'}`}
        style={percent === undefined ? undefined : { width: `${percent}%` }}
      />
    </div>
  );
}
