import type { Metadata } from 'next';
import { Overview } from '@/components/costs/overview';
import { AppShell } from '@/components/shell/app-shell';

export const metadata: Metadata = { title: { absolute: 'Overview · PIPELINE' } };

export default function OverviewPage() {
  return (
    <AppShell>
      <Overview />
    </AppShell>
  );
}
