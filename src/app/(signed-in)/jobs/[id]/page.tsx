import type { Metadata } from 'next';
import { sendStrangersToSignIn } from '@/app/send-strangers-to-sign-in';
import { JobScreen } from '@/components/jobs/job-screen';

export const metadata: Metadata = { title: 'Job' };

export default async function JobPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  await sendStrangersToSignIn(`/jobs/${id}`);
  return <JobScreen id={id} />;
}
