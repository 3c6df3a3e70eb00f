'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import { useEstimate, useGpuPrices, useStartJob } from '../api/job-queries';
import { keyFor, type Sent } from '../api/new-key';
import { ApiError, sentenceOf } from '../api/request';
import { useAnnounce } from '../ui/announcer';
import { useSettled } from '../ui/use-settled';
import type { JobChoices } from './job-choices';
import { fieldOfRefusal, jobBody, newForm, priceKey, readForm, startPrice } from './job-form';

/** How long nothing is typed before an estimate is asked for, ms. */
const PAUSE_MS = 350;

const isRefusal = (error: Error | null): error is ApiError => error instanceof ApiError && error.status === 400;

/** A form about a job: its fields, its estimate while they change, and its start. */
export function useJobForm(choices: JobChoices, dataset: string | null) {
  const [form, setForm] = useState(() => newForm(choices, dataset));
  const prices = useGpuPrices();
  const listed = prices.data?.prices ?? [];
  const price = listed.find((each) => priceKey(each) === form.price) ?? startPrice(listed, choices);
  const { config, problems, changed } = readForm(form, choices, price);
  const content = config === null ? null : JSON.stringify(config);
  const settled = useSettled(content, PAUSE_MS);
  const estimate = useEstimate(settled);
  const isStale = settled !== content || estimate.isPlaceholderData;
  const start = useStart(config, form.name);
  // The field that the API found fault with, while the question is still the same.
  const refused = [start.error, isStale ? null : estimate.error]
    .filter(isRefusal)
    .map(({ details }) => fieldOfRefusal(details));
  const fromApi = Object.fromEntries(refused.flatMap((each) => (each === null ? [] : [[each.field, each.sentence]])));
  return {
    form,
    setForm,
    prices,
    price,
    changed,
    problems: { ...fromApi, ...problems },
    isComplete: config !== null,
    estimate: { ...estimate, isStale },
    start,
  };
}

/** Sends the job; the same submission has the same name however often it is sent. */
function useStart(config: Record<string, unknown> | null, name: string) {
  const router = useRouter();
  const announce = useAnnounce();
  const job = useStartJob();
  const last = useRef<Sent | null>(null);
  const content = config === null ? null : JSON.stringify(jobBody(config, name));
  const { reset } = job;

  // What was wrong with other content says nothing about this.
  useEffect(() => {
    if (content !== last.current?.content) reset();
  }, [content, reset]);

  function send() {
    if (content === null || job.isPending || job.isSuccess) return;
    last.current = keyFor(last.current, content);
    job.mutate(last.current, {
      onSuccess: (queued) => {
        announce('The job is queued.');
        router.push(`/jobs/${queued.job.id}`);
      },
      onError: (error) => announce(sentenceOf(error)),
    });
  }

  return { send, error: job.error, isBusy: job.isPending || job.isSuccess };
}

export type JobFormState = ReturnType<typeof useJobForm>;
