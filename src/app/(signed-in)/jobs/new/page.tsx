import type { Metadata } from 'next';
import { sendStrangersToSignIn } from '@/app/send-strangers-to-sign-in';
import { NewJobScreen } from '@/components/jobs/new-job-screen';
import { jobChoices } from './job-choices';

export const metadata: Metadata = { title: 'New job' };

type Params = { searchParams: Promise<{ dataset?: string | string[] }> };

export default async function NewJobPage({ searchParams }: Params) {
  const { dataset } = await searchParams;
  const asked = typeof dataset === 'string' ? dataset : null;
  await sendStrangersToSignIn(asked === null ? '/jobs/new' : `/jobs/new?dataset=${encodeURIComponent(asked)}`);
  return <NewJobScreen choices={jobChoices()} dataset={asked} />;
}
