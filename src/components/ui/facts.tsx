import type { ReactNode } from 'react';

export interface Fact {
  name: string;
  value: ReactNode;
  /** Said below the value: the same to the last digit, or what it means. */
  more?: ReactNode;
}

/** Names and values, as many beside each other as there is room for. */
export function Facts({ facts, className = '' }: { facts: readonly Fact[]; className?: string }) {
  return (
    <dl className={`grid grid-cols-2 gap-x-6 gap-y-4 sm:grid-cols-[repeat(auto-fill,minmax(10rem,1fr))] ${className}`}>
      {facts.map(({ name, value, more }) => (
        <div key={name} className="min-w-0">
          <dt className="text-xs text-soft [overflow-wrap:anywhere]">{name}</dt>
          <dd className="mt-0.5 font-medium [overflow-wrap:anywhere]">{value}</dd>
          {more ? <dd className="text-xs text-soft [overflow-wrap:anywhere]">{more}</dd> : null}
        </div>
      ))}
    </dl>
  );
}
