'use client';

import { CalendarRange } from 'lucide-react';
import { Popover } from 'radix-ui';
import { type FormEvent, useState } from 'react';
import { Button } from '../ui/button';
import { Field } from '../ui/field';
import { segmentClass } from '../ui/segment';
import type { CostView } from './view';
import { showView } from './view-link';

/** A first and a last day of one's own choice; both days count whole. */
export function RangePicker({ view, days }: { view: CostView; days: { first: string; last: string } | null }) {
  const [open, setOpen] = useState(false);
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        className={segmentClass(view.range !== null)}
        aria-current={view.range === null ? undefined : 'true'}
      >
        <CalendarRange aria-hidden="true" className="size-4" />
        Custom
      </Popover.Trigger>
      <Popover.Content
        aria-label="Days of your choice"
        align="end"
        sideOffset={8}
        collisionPadding={16}
        className="pop z-30 w-72 rounded-lg border border-line bg-panel p-4 shadow-raised"
      >
        <RangeForm view={view} days={days} onDone={() => setOpen(false)} />
      </Popover.Content>
    </Popover.Root>
  );
}

interface RangeFormProps {
  view: CostView;
  days: { first: string; last: string } | null;
  onDone: () => void;
}

function RangeForm({ view, days, onDone }: RangeFormProps) {
  const [first, setFirst] = useState(days?.first ?? '');
  const [last, setLast] = useState(days?.last ?? '');

  function apply(event: FormEvent) {
    event.preventDefault();
    showView({ ...view, range: { start: first, end: last } });
    onDone();
  }

  return (
    <form onSubmit={apply} className="space-y-4">
      <Field label="First day" type="date" required value={first} onChange={(event) => setFirst(event.target.value)} />
      <Field
        label="Last day"
        type="date"
        required
        min={first}
        value={last}
        onChange={(event) => setLast(event.target.value)}
      />
      <Button type="submit" look="primary" className="w-full">
        Show these days
      </Button>
    </form>
  );
}
