'use client';

import { useState } from 'react';
import { formatCount } from '@/lib/format';
import { Button } from '../ui/button';
import { Field } from '../ui/field';
import type { HyperField, JobChoices } from './job-choices';
import { withPreset } from './job-form';
import type { JobFormState } from './use-job-form';

/** What each of them does, in a few words. */
const MEANINGS: Record<string, string> = {
  learning_rate: 'How far each step goes',
  per_device_train_batch_size: 'Rows of a batch on each GPU',
  gradient_accumulation_steps: 'Batches of a step',
  num_train_epochs: 'How often each row is seen',
  r: 'Rank of the adapter',
  lora_alpha: 'The adapter counts alpha / r',
  lora_dropout: 'Share of inputs left out',
  warmup_ratio: 'Share of steps to warm up',
  weight_decay: 'Pull towards zero',
  max_length: 'Tokens after which a row is cut',
  packing: 'Fill up sequences with further rows',
  eval_steps: 'Steps between evaluations',
  save_steps: 'Steps between checkpoints',
  seed: 'Where chance begins',
};

const hintOf = ({ name, kind, min, max }: HyperField): string =>
  `${MEANINGS[name] ?? 'A value of the trainer'}; ${kind === 'integer' ? 'whole, ' : ''}${min} to ${max}.`;

/** The hyperparameters with the names that PEFT and Transformers have for them. */
export function HyperFields({ choices, state }: { choices: JobChoices; state: JobFormState }) {
  const { form, setForm, problems, changed } = state;
  const [isOpen, setOpen] = useState(false);
  const hasProblem = choices.fields.some(({ name }) => problems[name] !== undefined);
  const set = (name: string, value: string | boolean) => setForm({ ...form, hyper: { ...form.hyper, [name]: value } });
  return (
    <details
      className="rounded-md border border-line"
      open={isOpen || hasProblem}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="flex min-h-11 flex-wrap items-center gap-x-3 rounded-md px-4 py-2 text-sm font-medium">
        Hyperparameters
        <span className="font-normal text-soft">
          {changed.length === 0
            ? `as in ${form.preset}`
            : `${form.preset}, ${formatCount(changed.length, 'value')} changed`}
        </span>
      </summary>
      <div className="border-t border-line p-4">
        <div className="grid gap-x-5 gap-y-4 sm:grid-cols-2 xl:grid-cols-3">
          {choices.fields.map((field) =>
            field.kind === 'boolean' ? (
              <label key={field.name} className="flex min-h-10 items-start gap-2.5 self-center text-sm">
                <input
                  type="checkbox"
                  className="mt-0.5 size-4.5 accent-[var(--accent)]"
                  checked={form.hyper[field.name] === true}
                  onChange={(event) => set(field.name, event.target.checked)}
                />
                <span>
                  <span className="font-mono">{field.name}</span>
                  <span className="block text-xs text-soft">{MEANINGS[field.name]}.</span>
                </span>
              </label>
            ) : (
              <Field
                key={field.name}
                label={field.name}
                inputMode="decimal"
                className="font-mono"
                value={String(form.hyper[field.name] ?? '')}
                problem={problems[field.name]}
                hint={hintOf(field)}
                onChange={(event) => set(field.name, event.target.value)}
              />
            ),
          )}
        </div>
        {changed.length > 0 ? (
          <Button className="mt-4" onClick={() => setForm(withPreset(form, choices, form.preset))}>
            Back to {form.preset}
          </Button>
        ) : null}
      </div>
    </details>
  );
}
