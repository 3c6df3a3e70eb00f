import type { Metadata } from 'next';
import { sendStrangersToSignIn } from '@/app/send-strangers-to-sign-in';
import { JobsScreen } from '@/components/jobs/jobs-screen';

export const metadata: Metadata = { title: 'Jobs' };

export default async function JobsPage() {
  await sendStrangersToSignIn('/jobs');
  return <JobsScreen />;
}
