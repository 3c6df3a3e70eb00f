import { Skeleton } from '../ui/skeleton';

/** The place of the total and the chart before the first answer, in the same sizes. */
export function SpendSkeleton() {
  return (
    <section
      id="spend"
      aria-label="Spend"
      aria-busy="true"
      className="rounded-lg border border-line bg-panel p-4 shadow-panel sm:p-6"
    >
      <p className="sr-only">Loading your costs</p>
      <Skeleton className="h-10 w-64 max-w-full sm:h-5" />
      <Skeleton className="mt-2 h-[clamp(2.25rem,9vw,3.75rem)] w-72 max-w-full" />
      <Skeleton className="mt-2 h-5 w-48 max-w-full" />
      <Skeleton className="mt-6 h-9 w-28 pointer-coarse:h-11" />
      <Skeleton className="mt-3 h-58" />
      <div className="mt-5 border-t border-line pt-4">
        <Skeleton className="h-10 w-80 max-w-full sm:h-5" />
      </div>
    </section>
  );
}
