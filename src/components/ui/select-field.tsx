import { clsx } from 'clsx';
import { type ComponentProps, type ReactNode, useId } from 'react';
import { FIELD_BOX, FieldNotes } from './field';

type SelectFieldProps = ComponentProps<'select'> & {
  label: string;
  hint?: ReactNode;
  /** What is wrong with the choice. */
  problem?: string | null | undefined;
};

/** A choice of one among several, with its label and its notes. */
export function SelectField({ label, hint, problem, className, children, ...rest }: SelectFieldProps) {
  const id = useId();
  const notesId = useId();
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      <select
        id={id}
        aria-describedby={hint || problem ? notesId : undefined}
        aria-invalid={problem ? true : undefined}
        className={clsx(FIELD_BOX, 'pr-8', className)}
        {...rest}
      >
        {children}
      </select>
      <FieldNotes id={notesId} hint={hint} problem={problem} />
    </div>
  );
}
