import { Button } from '../ui/button';
import { Notice } from '../ui/notice';
import { sentenceOf } from './request';

interface LoadFailedProps {
  title: string;
  error: Error;
  onRetry: () => void;
}

/** Something could not be read: why, and another try. */
export function LoadFailed({ title, error, onRetry }: LoadFailedProps) {
  return (
    <Notice title={title} actions={<Button onClick={onRetry}>Try again</Button>}>
      <p>{sentenceOf(error)}</p>
    </Notice>
  );
}
