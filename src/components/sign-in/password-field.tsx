'use client';

import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { Field } from '../ui/field';

interface PasswordFieldProps {
  label: string;
  /** A password that is being chosen: says the rule, and lets the browser propose one. */
  isNew: boolean;
  value: string;
  onChange: (password: string) => void;
}

/** A password with a button that shows it. */
export function PasswordField({ label, isNew, value, onChange }: PasswordFieldProps) {
  const [isShown, setShown] = useState(false);
  const Icon = isShown ? EyeOff : Eye;
  return (
    <div className="relative">
      <Field
        label={label}
        type={isShown ? 'text' : 'password'}
        name="password"
        autoComplete={isNew ? 'new-password' : 'current-password'}
        required
        spellCheck={false}
        autoCapitalize="none"
        className="pr-11"
        hint={isNew ? 'At least 8 characters; a few words that only you know are good.' : undefined}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <button
        type="button"
        aria-pressed={isShown}
        aria-label="Show password"
        onClick={() => setShown(!isShown)}
        className="absolute top-7 right-1 grid size-9 place-items-center rounded-md text-soft hover:text-ink"
      >
        <Icon aria-hidden="true" className="size-4" />
      </button>
    </div>
  );
}
