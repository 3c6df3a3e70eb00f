'use client';

import { type FormEvent, useState } from 'react';
import { callApi, sentenceOf } from '../api/request';
import { Button } from '../ui/button';
import { Field } from '../ui/field';
import { Notice } from '../ui/notice';
import { safeHref } from '../ui/safe-href';
import { PasswordField } from './password-field';

interface CredentialsFormProps {
  mode: 'sign-in' | 'sign-up';
  /** The first account of a server that strangers can reach asks for the code that its start printed. */
  needsCode: boolean;
  /** Where to go afterwards: a path of our own, else the overview. */
  next: string | null;
}

const ownPath = (address: string | null): string => {
  const target = safeHref(address);
  return target?.own ? target.href : '/';
};

/** E-mail and password, sent to our own route; the session comes back as a cookie that no script can read. */
export function CredentialsForm({ mode, needsCode, next }: CredentialsFormProps) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const isSignUp = mode === 'sign-up';

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const body = { email, password, ...(isSignUp && needsCode ? { code } : {}) };
      await callApi<unknown>(`/api/auth/${mode}`, { method: 'POST', body });
      // A full load, so that the page starts as this person and nothing of before stays in memory.
      window.location.assign(ownPath(next));
    } catch (error) {
      setProblem(sentenceOf(error));
      setBusy(false);
    }
  }

  return (
    <form onSubmit={submit} className="mt-5 space-y-4">
      {problem === null ? null : (
        <Notice title={isSignUp ? 'The account was not created' : 'You are not signed in'}>
          <p>{problem}</p>
        </Notice>
      )}
      <Field
        label="E-mail"
        type="email"
        name="email"
        autoComplete="username"
        required
        value={email}
        onChange={(event) => setEmail(event.target.value)}
      />
      <PasswordField label="Password" isNew={isSignUp} value={password} onChange={setPassword} />
      {isSignUp && needsCode ? (
        <Field
          label="One-time code"
          name="code"
          autoComplete="one-time-code"
          required
          value={code}
          onChange={(event) => setCode(event.target.value)}
          hint="The server printed it when it started."
        />
      ) : null}
      <Button type="submit" look="primary" className="w-full min-h-10" aria-disabled={isBusy}>
        {isSignUp ? (isBusy ? 'Creating the account' : 'Create account') : isBusy ? 'Signing in' : 'Sign in'}
      </Button>
    </form>
  );
}
