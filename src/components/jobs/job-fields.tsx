'use client';

import { formatCount } from '@/lib/format';
import { tokenizerWarning } from '../datasets/tokenizer-choice';
import { Field } from '../ui/field';
import { Panel } from '../ui/panel';
import { SelectField } from '../ui/select-field';
import { HyperFields } from './hyper-fields';
import { type JobChoices, trainableModels, trainersOf } from './job-choices';
import { withModel, withPreset } from './job-form';
import { PriceField } from './price-field';
import type { JobFormState } from './use-job-form';

export interface DatasetChoice {
  id: string;
  name: string;
  rows_total: number | null;
  tokenizer: string | null;
}

interface JobFieldsProps {
  choices: JobChoices;
  datasets: readonly DatasetChoice[];
  state: JobFormState;
}

/** Everything that can be chosen about a job. */
export function JobFields({ choices, datasets, state }: JobFieldsProps) {
  const { form, setForm, problems } = state;
  const set = (part: Partial<typeof form>) => setForm({ ...form, ...part });
  const chosen = datasets.find(({ id }) => id === form.dataset);
  const warning = tokenizerWarning(choices.tokenizers, {
    baseModel: form.baseModel,
    tokenizer: chosen?.tokenizer ?? null,
  });
  const trainers = trainersOf(choices, form.baseModel);
  return (
    <Panel id="configuration" title="Configuration">
      <div className="space-y-5 px-4 pb-6 sm:px-6">
        <div className="grid gap-x-5 gap-y-4 sm:grid-cols-2">
          <SelectField
            label="Dataset"
            value={form.dataset}
            problem={problems.dataset_id}
            hint={warning}
            onChange={(event) => set({ dataset: event.target.value })}
          >
            {form.dataset === '' ? <option value="">Choose one</option> : null}
            {datasets.map(({ id, name, rows_total }) => (
              <option key={id} value={id}>
                {rows_total === null ? name : `${name} (${formatCount(rows_total, 'row')})`}
              </option>
            ))}
          </SelectField>
          <SelectField
            label="Base model"
            value={form.baseModel}
            problem={problems.base_model}
            onChange={(event) => setForm(withModel(form, choices, event.target.value))}
          >
            {trainableModels(choices).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </SelectField>
          {trainers.length > 1 ? (
            <SelectField
              label="Trainer"
              value={form.trainer}
              problem={problems.trainer}
              onChange={(event) => set({ trainer: event.target.value })}
            >
              {trainers.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </SelectField>
          ) : null}
          {choices.executors.length > 1 ? (
            <SelectField
              label="Runs on"
              value={form.executor}
              problem={problems.executor}
              onChange={(event) => set({ executor: event.target.value })}
            >
              {choices.executors.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </SelectField>
          ) : null}
          <PriceField state={state} />
          <SelectField
            label="Preset"
            value={form.preset}
            problem={problems.preset}
            hint="Sets all values below; each can be changed."
            onChange={(event) => setForm(withPreset(form, choices, event.target.value))}
          >
            {choices.presets.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </SelectField>
          <Field
            label="Name"
            maxLength={200}
            value={form.name}
            problem={problems.name}
            hint="Left empty, it is made of dataset and model."
            onChange={(event) => set({ name: event.target.value })}
          />
          <Field
            label="At most so many minutes"
            inputMode="numeric"
            value={form.maxMinutes}
            problem={problems.max_runtime_minutes}
            hint="The run is stopped then. Left empty, there is no limit."
            onChange={(event) => set({ maxMinutes: event.target.value })}
          />
        </div>
        <HyperFields choices={choices} state={state} />
      </div>
    </Panel>
  );
}
