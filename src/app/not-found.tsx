import type { Metadata } from 'next';
import Link from 'next/link';
import { Wordmark } from '@/components/shell/wordmark';
import { buttonClass } from '@/components/ui/button';

export const metadata: Metadata = { title: 'Not found' };

export default function NotFoundPage() {
  return (
    <main className="mx-auto max-w-xl px-4 py-16">
      <Wordmark />
      <h1 className="mt-10 text-2xl font-semibold tracking-tight">There is no such page</h1>
      <p className="mt-2 text-soft">The address may be mistyped, or what it named is gone.</p>
      <Link href="/" className={buttonClass('primary', 'mt-6')}>
        To the overview
      </Link>
    </main>
  );
}
