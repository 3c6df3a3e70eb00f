'use client';

import { ChevronDown, CircleUserRound, LogOut } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { useMe } from '../api/queries';
import { callApi, sentenceOf } from '../api/request';
import { buttonClass } from '../ui/button';
import { MENU, MENU_ITEM } from '../ui/menu';
import { PopNotice } from '../ui/pop-notice';

/** Who is signed in, and the way out. */
export function AccountMenu() {
  const name = useMe().data?.email ?? 'Account';
  const [problem, setProblem] = useState<string | null>(null);

  async function signOut() {
    setProblem(null);
    try {
      await callApi<unknown>('/api/auth/sign-out', { method: 'POST' });
      // A full load: nothing of this person's answers stays in memory.
      window.location.replace('/sign-in');
    } catch (error) {
      setProblem(sentenceOf(error));
    }
  }

  return (
    <div className="relative">
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className={buttonClass('soft', '-mr-2 min-w-0 px-2')} aria-label={`Account: ${name}`}>
          <CircleUserRound aria-hidden="true" className="size-5 shrink-0" />
          <span className="hidden max-w-48 truncate font-normal sm:block">{name}</span>
          <ChevronDown aria-hidden="true" className="size-4 shrink-0" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Content align="end" sideOffset={6} collisionPadding={16} className={MENU}>
          <DropdownMenu.Label className="px-2 py-1.5 text-xs text-soft [overflow-wrap:anywhere]">
            Signed in as {name}
          </DropdownMenu.Label>
          <DropdownMenu.Item className={MENU_ITEM} onSelect={signOut}>
            <LogOut aria-hidden="true" className="size-4" />
            Sign out
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Root>
      {problem === null ? null : (
        <PopNotice title="You are still signed in" sentence={problem} onDismiss={() => setProblem(null)} />
      )}
    </div>
  );
}
