import type { Metadata } from 'next';
import { sendStrangersToSignIn } from '@/app/send-strangers-to-sign-in';
import { Overview } from '@/components/costs/overview';

export const metadata: Metadata = { title: { absolute: 'Overview · PIPELINE' } };

export default async function OverviewPage() {
  await sendStrangersToSignIn('/');
  return <Overview />;
}
