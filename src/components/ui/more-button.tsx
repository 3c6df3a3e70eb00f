import { Button } from './button';

interface MoreButtonProps {
  list: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
  label?: string;
}

/** The way to the next page of a list; nothing where there is none. */
export function MoreButton({ list, label = 'Show older' }: MoreButtonProps) {
  if (!list.hasNextPage) return null;
  return (
    <div className="border-t border-line px-4 py-2 sm:px-6">
      <Button
        look="quiet"
        className="w-full"
        aria-disabled={list.isFetchingNextPage}
        onClick={() => list.fetchNextPage()}
      >
        {list.isFetchingNextPage ? 'Loading' : label}
      </Button>
    </div>
  );
}
