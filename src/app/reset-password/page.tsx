import type { Metadata } from 'next';
import { EntryFrame } from '@/components/sign-in/entry-frame';
import { ResetPasswordForm } from '@/components/sign-in/reset-password-form';

export const metadata: Metadata = { title: 'New password' };

export default function ResetPasswordPage() {
  return (
    <EntryFrame>
      <h1 className="text-xl font-semibold tracking-tight">Choose a new password</h1>
      <ResetPasswordForm />
    </EntryFrame>
  );
}
