'use client';

import { Check, ChevronDown, Globe } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useKeepZone } from '../api/queries';
import { sentenceOf } from '../api/request';
import { useAnnounce } from '../ui/announcer';
import { buttonClass } from '../ui/button';
import { MENU, MENU_ITEM } from '../ui/menu';
import { PopNotice } from '../ui/pop-notice';
import type { CostView } from './view';
import { showView } from './view-link';

/** The zone of this device, as far as the browser tells it. */
const deviceZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

/** Says in which zone the days begin, and offers the zones that are likely meant. */
export function ZoneMenu({ view, kept }: { view: CostView; kept: string }) {
  const zone = view.timezone ?? kept;
  const announce = useAnnounce();
  const keep = useKeepZone();
  const device = deviceZone();
  const zones = [...new Set([kept, device, 'UTC', zone])];

  const note = (name: string): string =>
    [name === kept ? 'your setting' : '', name === device ? 'this device' : ''].filter(Boolean).join(', ');

  function keepZone() {
    keep.mutate(zone, {
      onSuccess: () => {
        showView({ ...view, timezone: null });
        announce(`Your days now begin at midnight in ${zone}.`);
      },
    });
  }

  return (
    <div className="relative">
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className={buttonClass('soft', '-mr-3 sm:mr-0')} aria-label={`Time zone: ${zone}`}>
          <Globe aria-hidden="true" className="size-4" />
          {zone}
          <ChevronDown aria-hidden="true" className="size-4" />
        </DropdownMenu.Trigger>
        <DropdownMenu.Content align="end" sideOffset={6} collisionPadding={16} className={MENU}>
          <DropdownMenu.Label className="px-2 py-1.5 text-xs text-soft">Days begin at midnight in</DropdownMenu.Label>
          <DropdownMenu.RadioGroup
            value={zone}
            onValueChange={(name) => showView({ ...view, timezone: name === kept ? null : name })}
          >
            {zones.map((name) => (
              <DropdownMenu.RadioItem key={name} value={name} className={MENU_ITEM}>
                <span className="grid size-4 place-items-center">
                  <DropdownMenu.ItemIndicator>
                    <Check aria-hidden="true" className="size-4" />
                  </DropdownMenu.ItemIndicator>
                </span>
                {name}
                <span className="ml-auto pl-4 text-xs text-soft">{note(name)}</span>
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
          {zone === kept ? null : (
            <>
              <DropdownMenu.Separator className="my-1 h-px bg-line" />
              <DropdownMenu.Item className={MENU_ITEM} onSelect={keepZone}>
                <span className="size-4" />
                Make {zone} my setting
              </DropdownMenu.Item>
            </>
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Root>
      {keep.error ? (
        <PopNotice title="Your setting was not changed" sentence={sentenceOf(keep.error)} onDismiss={keep.reset} />
      ) : null}
    </div>
  );
}
