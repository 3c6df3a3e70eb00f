import type { ReactNode } from 'react';
import { AppShell } from '@/components/shell/app-shell';

/** Kept while people go from page to page, and with it the answers of the API that are there already. */
export default function SignedInLayout({ children }: { children: ReactNode }) {
  return <AppShell>{children}</AppShell>;
}
