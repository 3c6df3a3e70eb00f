import type { Metadata } from 'next';
import { sendStrangersToSignIn } from '@/app/send-strangers-to-sign-in';
import { ModelsScreen } from '@/components/models/models-screen';

export const metadata: Metadata = { title: 'Models' };

export default async function ModelsPage() {
  await sendStrangersToSignIn('/models');
  return <ModelsScreen />;
}
