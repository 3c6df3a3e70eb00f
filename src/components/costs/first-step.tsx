import Link from 'next/link';
import { buttonClass } from '../ui/button';
import { CopyButton } from '../ui/copy-button';
import { importCommand } from './import-command';

/** Shown where an account has no charge at all: what to do first. */
export function FirstStep({ user }: { user: string }) {
  const command = importCommand(user);
  return (
    <div className="max-w-3xl">
      <h2 id="first-step" className="text-2xl font-medium tracking-tight">
        No charges yet
      </h2>
      <p className="mt-2 text-soft">
        Charges arrive when jobs run. Upload a dataset and train your first adapter: its cost appears here while it
        runs.
      </p>
      <Link href="/datasets" className={buttonClass('primary', 'mt-4')}>
        Upload a dataset
      </Link>
      <p className="mt-6 text-soft">
        Charges from elsewhere come from a file. To see this page with data, import the example: run this in the folder
        where PIPELINE was started.
      </p>
      <div className="mt-5 rounded-md border border-line bg-sunken p-3 sm:flex sm:items-center sm:gap-3">
        <code className="block min-w-0 flex-1 font-mono text-sm [overflow-wrap:anywhere]">{command}</code>
        <div className="mt-3 sm:mt-0">
          <CopyButton text={command} what="the import command" />
        </div>
      </div>
      <ul className="mt-5 list-disc space-y-1 pl-5 text-sm text-soft">
        <li>The command checks every line first, then posts the charges to your account.</li>
        <li>Running it twice changes nothing.</li>
        <li>This page shows them within half a minute.</li>
      </ul>
    </div>
  );
}
