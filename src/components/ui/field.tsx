import { clsx } from 'clsx';
import { type ComponentProps, type ReactNode, useId } from 'react';

type FieldProps = ComponentProps<'input'> & {
  label: string;
  /** What to type, below the field. */
  hint?: ReactNode;
  /** What is wrong with what was typed, and what to type instead. */
  problem?: string | null | undefined;
};

/** The classes of a field that text is typed into or chosen in. */
export const FIELD_BOX =
  'block min-h-10 w-full min-w-0 rounded-md border border-edge bg-panel px-3 text-base aria-invalid:border-alert pointer-coarse:min-h-11 sm:text-sm';

/** An input with its label, and a hint that belongs to it. */
export function Field({ label, hint, problem, className, ...rest }: FieldProps) {
  const id = useId();
  const notesId = useId();
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        aria-describedby={hint || problem ? notesId : undefined}
        aria-invalid={problem ? true : undefined}
        className={clsx(FIELD_BOX, className)}
        {...rest}
      />
      <FieldNotes id={notesId} hint={hint} problem={problem} />
    </div>
  );
}

interface FieldNotesProps {
  id: string;
  hint: ReactNode;
  problem: string | null | undefined;
}

/** What stands below a field: first what is wrong, then what it is for. */
export function FieldNotes({ id, hint, problem }: FieldNotesProps) {
  if (!hint && !problem) return null;
  return (
    <div id={id} className="mt-1 text-xs [overflow-wrap:anywhere]">
      {problem ? <p className="font-medium text-alert">{problem}</p> : null}
      {hint ? <p className="text-soft">{hint}</p> : null}
    </div>
  );
}
