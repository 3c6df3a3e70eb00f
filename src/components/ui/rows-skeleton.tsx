import { Skeleton } from './skeleton';

/** The place of a list before its first answer. */
export function RowsSkeleton({ what }: { what: string }) {
  return (
    <div className="space-y-4 border-t border-line px-4 py-4 sm:px-6">
      <p className="sr-only">Loading your {what}</p>
      <Skeleton className="h-16" />
      <Skeleton className="h-16" />
      <Skeleton className="h-16" />
    </div>
  );
}
