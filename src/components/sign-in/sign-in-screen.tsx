'use client';

import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'next/navigation';
import { QueryProvider } from '../api/query-provider';
import { Announcer } from '../ui/announcer';
import { CredentialsForm } from './credentials-form';
import { EntryFrame } from './entry-frame';

interface SignUpOffer {
  isOpen: boolean;
  needsCode: boolean;
}

const CLOSED: SignUpOffer = { isOpen: false, needsCode: false };

/** Asks whether accounts can be made here. Where that is decided elsewhere (404) this page makes no such offer. */
async function fetchSignUpOffer(): Promise<SignUpOffer> {
  const response = await fetch('/auth/v1/settings', { headers: { accept: 'application/json' } });
  if (response.status === 404) return CLOSED;
  if (!response.ok) throw new Error(`the settings answered ${response.status}`);
  const settings: { disable_signup?: boolean; sign_up_needs_code?: boolean } = await response.json();
  return { isOpen: settings.disable_signup === false, needsCode: settings.sign_up_needs_code === true };
}

export function SignInScreen() {
  return (
    <QueryProvider>
      <Announcer>
        <EntryFrame>
          <SignInOrUp />
        </EntryFrame>
      </Announcer>
    </QueryProvider>
  );
}

function SignInOrUp() {
  const params = useSearchParams();
  const offer = useQuery({ queryKey: ['sign-up-offer'], queryFn: fetchSignUpOffer, retry: 3 });
  const { isOpen, needsCode } = offer.data ?? CLOSED;
  const isSignUp = params.get('mode') === 'sign-up';

  function hrefOf(mode: 'sign-in' | 'sign-up'): string {
    const next = new URLSearchParams(params);
    if (mode === 'sign-up') next.set('mode', mode);
    else next.delete('mode');
    return next.size === 0 ? '/sign-in' : `/sign-in?${next}`;
  }

  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">{isSignUp ? 'Create an account' : 'Sign in'}</h1>
      {isSignUp && offer.isSuccess && !isOpen ? (
        <p className="mt-3 text-sm text-soft">
          Sign-up is closed here. Whoever runs this server can make an account with{' '}
          <code className="font-mono">pipeline user create EMAIL</code>.
        </p>
      ) : (
        <CredentialsForm
          key={String(isSignUp)}
          mode={isSignUp ? 'sign-up' : 'sign-in'}
          needsCode={needsCode}
          next={params.get('next')}
        />
      )}
      <div className="mt-5 min-h-6 text-sm text-soft">
        {isSignUp ? (
          <>
            Already have an account? <ModeLink href={hrefOf('sign-in')}>Sign in instead</ModeLink>
          </>
        ) : isOpen ? (
          <>
            New here? <ModeLink href={hrefOf('sign-up')}>Create an account</ModeLink>
          </>
        ) : null}
      </div>
    </>
  );
}

function ModeLink({ href, children }: { href: string; children: string }) {
  return (
    <a
      href={href}
      className="font-medium text-accent underline underline-offset-2 hover:text-accent-strong"
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        window.history.pushState(null, '', href);
      }}
    >
      {children}
    </a>
  );
}
