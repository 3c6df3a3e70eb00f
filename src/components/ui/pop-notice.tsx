import { X } from 'lucide-react';
import { Notice } from './notice';

interface PopNoticeProps {
  title: string;
  sentence: string;
  onDismiss: () => void;
}

/** A notice below the control that failed, over what is there; its parent is `relative`. */
export function PopNotice({ title, sentence, onDismiss }: PopNoticeProps) {
  return (
    <div className="pop absolute top-full right-0 z-30 mt-2 w-80 max-w-[calc(100vw-2rem)] rounded-md bg-panel shadow-raised">
      <Notice title={title} className="pr-11">
        <p>{sentence}</p>
      </Notice>
      <button
        type="button"
        aria-label="Dismiss"
        onClick={onDismiss}
        className="absolute top-1.5 right-1.5 grid size-9 place-items-center rounded-md text-soft hover:text-ink"
      >
        <X aria-hidden="true" className="size-4" />
      </button>
    </div>
  );
}
