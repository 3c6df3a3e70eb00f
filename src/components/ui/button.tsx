import { clsx } from 'clsx';
import type { ComponentProps } from 'react';

export type ButtonLook = 'primary' | 'outline' | 'quiet' | 'soft' | 'danger';

const LOOKS: Record<ButtonLook, string> = {
  primary: 'bg-accent text-on-accent border-transparent hover:bg-accent-strong',
  outline: 'bg-panel text-ink border-edge hover:bg-sunken',
  quiet: 'text-accent border-transparent hover:bg-accent-wash',
  danger: 'bg-alert text-panel border-transparent hover:opacity-90',
  soft: 'text-soft border-transparent hover:bg-sunken hover:text-ink',
};

/** The classes of a button, for a link that looks like one. At least 36 px high; 44 px under a coarse pointer. */
export function buttonClass(look: ButtonLook = 'outline', className?: string): string {
  return clsx(
    'inline-flex items-center justify-center gap-2 rounded-md border px-3 min-h-9 pointer-coarse:min-h-11 text-sm font-medium',
    'whitespace-nowrap transition-colors disabled:opacity-60 aria-disabled:opacity-60',
    LOOKS[look],
    className,
  );
}

type ButtonProps = ComponentProps<'button'> & { look?: ButtonLook };

export function Button({ look = 'outline', className, type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={buttonClass(look, className)} {...rest} />;
}
