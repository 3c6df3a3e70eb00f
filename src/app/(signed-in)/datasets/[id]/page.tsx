import type { Metadata } from 'next';
import { sendStrangersToSignIn } from '@/app/send-strangers-to-sign-in';
import { DatasetScreen } from '@/components/datasets/dataset-screen';

export const metadata: Metadata = { title: 'Dataset' };

export default async function DatasetPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  await sendStrangersToSignIn(`/datasets/${id}`);
  return <DatasetScreen id={id} />;
}
