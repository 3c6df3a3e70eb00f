'use client';

import type { ComponentProps, MouseEvent } from 'react';
import { type CostView, viewHref } from './view';

/** Shows another view and puts its address into the address bar; the page itself stays. */
export const showView = (view: CostView): void => window.history.pushState(null, '', viewHref(view));

type ViewLinkProps = Omit<ComponentProps<'a'>, 'href'> & { view: CostView };

/** A link to a view: opens at once here, and like any link in a new tab. */
export function ViewLink({ view, onClick, ...rest }: ViewLinkProps) {
  function open(event: MouseEvent<HTMLAnchorElement>) {
    onClick?.(event);
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    showView(view);
  }
  return <a {...rest} href={viewHref(view)} onClick={open} />;
}
