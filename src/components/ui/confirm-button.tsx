'use client';

import { AlertDialog } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { Button, buttonClass } from './button';
import { Notice } from './notice';

interface ConfirmButtonProps {
  /** On the button that asks first. */
  label: string;
  /** The question. */
  title: string;
  /** What will happen, and what will not. */
  children: ReactNode;
  /** On the button that does it: the verb again. */
  action: string;
  /** On the button that leaves everything as it is. */
  keep?: string;
  /** Does it; what it throws is shown in the dialog, which stays. */
  onConfirm: () => Promise<unknown>;
  /** The words to show for what was thrown. */
  sentenceOf: (error: unknown) => string;
  disabled?: boolean;
}

/** A button for what cannot be undone: says what will happen and asks once. */
export function ConfirmButton({
  label,
  title,
  children,
  action,
  keep = 'Keep it',
  onConfirm,
  ...rest
}: ConfirmButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function confirm() {
    setBusy(true);
    setProblem(null);
    try {
      await onConfirm();
      setOpen(false);
    } catch (error) {
      setProblem(rest.sentenceOf(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <AlertDialog.Root open={isOpen} onOpenChange={setOpen}>
      <AlertDialog.Trigger className={buttonClass('outline')} disabled={rest.disabled}>
        {label}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-40 bg-[oklch(0.2_0.02_235_/_0.45)]" />
        <AlertDialog.Content className="fixed inset-x-4 top-1/2 z-50 mx-auto max-h-[85dvh] max-w-md -translate-y-1/2 overflow-auto rounded-lg border border-line bg-panel p-5 shadow-raised sm:p-6">
          <AlertDialog.Title className="text-lg font-semibold [overflow-wrap:anywhere]">{title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="mt-2 space-y-2 text-sm text-soft">{children}</div>
          </AlertDialog.Description>
          {problem === null ? null : (
            <Notice title="It was not done" className="mt-4">
              <p>{problem}</p>
            </Notice>
          )}
          <div className="mt-5 flex flex-wrap justify-end gap-2">
            <AlertDialog.Cancel className={buttonClass('outline')}>{keep}</AlertDialog.Cancel>
            <Button look="danger" aria-disabled={isBusy} onClick={() => (isBusy ? undefined : confirm())}>
              {isBusy ? 'One moment' : action}
            </Button>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
