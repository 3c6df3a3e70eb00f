import { clsx } from 'clsx';
import { type ComponentProps, type ReactNode, useId } from 'react';

type FieldProps = ComponentProps<'input'> & {
  label: string;
  /** What to type, below the field. */
  hint?: ReactNode;
};

/** An input with its label, and a hint that belongs to it. */
export function Field({ label, hint, className, ...rest }: FieldProps) {
  const id = useId();
  const hintId = useId();
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      <input
        id={id}
        aria-describedby={hint ? hintId : undefined}
        className={clsx(
          'block min-h-10 w-full rounded-md border border-edge bg-panel px-3 text-base pointer-coarse:min-h-11 sm:text-sm',
          className,
        )}
        {...rest}
      />
      {hint ? (
        <p id={hintId} className="mt-1 text-xs text-soft">
          {hint}
        </p>
      ) : null}
    </div>
  );
}
