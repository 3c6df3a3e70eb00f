import type { Metadata } from 'next';
import { sendStrangersToSignIn } from '@/app/send-strangers-to-sign-in';
import { tokenizerChoices } from '@/app/tokenizer-choices';
import { DatasetsScreen } from '@/components/datasets/datasets-screen';

export const metadata: Metadata = { title: 'Datasets' };

export default async function DatasetsPage() {
  await sendStrangersToSignIn('/datasets');
  return <DatasetsScreen {...tokenizerChoices()} />;
}
