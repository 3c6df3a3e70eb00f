'use client';

import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { ApiError } from './request';

const TRIES = 3;

/** Whoever is not signed in (any more) goes to the sign-in page and comes back to the same view. */
function leaveIfSignedOut(error: Error): void {
  if (!(error instanceof ApiError) || error.status !== 401) return;
  const here = window.location.pathname + window.location.search;
  window.location.replace(here === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}`);
}

function createClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: leaveIfSignedOut }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => failures < TRIES && error instanceof ApiError && error.mayPass,
        retryDelay: (attempt) => Math.min(8_000, 500 * 2 ** attempt),
      },
    },
  });
}

/** Keeps the answers of the API for the screens below it. */
export function QueryProvider({ children }: { children: ReactNode }) {
  const [client] = useState(createClient);
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}
