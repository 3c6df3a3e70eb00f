'use client';

import { type DragEvent, useState } from 'react';

/** Takes the first file that is dropped on an element which has these handlers; `isOver` while one is held above it. */
export function useFileDrop(onFile: (file: File | null) => void) {
  const [isOver, setOver] = useState(false);
  const handlers = {
    onDragOver(event: DragEvent) {
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop(event: DragEvent) {
      event.preventDefault();
      setOver(false);
      onFile(event.dataTransfer.files[0] ?? null);
    },
  };
  return { isOver, handlers };
}
