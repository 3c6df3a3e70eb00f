'use client';

import { type FormEvent, useState } from 'react';
import { callApi, sentenceOf } from '../api/request';
import { Button } from '../ui/button';
import { Notice } from '../ui/notice';
import { PasswordField } from './password-field';

/** The secret stands behind the `#` of the link, which browsers keep out of requests, logs and referrers. */
const tokenOfLink = (): string => new URLSearchParams(window.location.hash.slice(1)).get('token') ?? '';

/** Sets a new password by the link that `pipeline user reset EMAIL` prints, and signs in. */
export function ResetPasswordForm() {
  const [password, setPassword] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const token = tokenOfLink();
    if (token === '') return setProblem('The link is not complete. Open it again, with everything after the #.');
    setBusy(true);
    setProblem(null);
    try {
      await callApi<unknown>('/api/auth/reset-password', { method: 'POST', body: { token, password } });
      window.location.replace('/');
    } catch (error) {
      setProblem(sentenceOf(error));
      setBusy(false);
    }
  }

  return (
    <form onSubmit={submit} className="mt-5 space-y-4">
      {problem === null ? null : (
        <Notice title="The password was not changed">
          <p>{problem}</p>
        </Notice>
      )}
      <PasswordField label="New password" isNew value={password} onChange={setPassword} />
      <Button type="submit" look="primary" className="min-h-10 w-full" aria-disabled={isBusy}>
        {isBusy ? 'Setting the password' : 'Set password and sign in'}
      </Button>
    </form>
  );
}
