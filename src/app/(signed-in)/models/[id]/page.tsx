import type { Metadata } from 'next';
import { sendStrangersToSignIn } from '@/app/send-strangers-to-sign-in';
import { ModelScreen } from '@/components/models/model-screen';

export const metadata: Metadata = { title: 'Model' };

export default async function ModelPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  await sendStrangersToSignIn(`/models/${id}`);
  return <ModelScreen id={id} />;
}
