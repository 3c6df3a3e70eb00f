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
  return (
    <Panel id="configuration" title="Configuration">
      <div className="space-y-5 px-4 pb-6 sm:px-6">
        <div className="grid gap-x-5 gap-y-4 sm:grid-cols-2">
          <DatasetField choices={choices} datasets={datasets} state={state} />
          <NameSelect
            label="Base model"
            names={trainableModels(choices)}
            value={form.baseModel}
            problem={problems.base_model}
            onChoose={(name) => setForm(withModel(form, choices, name))}
          />
          <NameSelect
            label="Trainer"
            isShort
            names={trainersOf(choices, form.baseModel)}
            value={form.trainer}
            problem={problems.trainer}
            onChoose={(trainer) => set({ trainer })}
          />
          <NameSelect
            label="Runs on"
            isShort
            names={choices.executors}
            value={form.executor}
            problem={problems.executor}
            onChoose={(executor) => set({ executor })}
          />
          <PriceField state={state} />
          <NameSelect
            label="Preset"
            names={choices.presets.map(({ name }) => name)}
            value={form.preset}
            problem={problems.preset}
            hint="Sets all values below; each can be changed."
            onChoose={(preset) => setForm(withPreset(form, choices, preset))}
          />
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

function DatasetField({ choices, datasets, state: { form, setForm, problems } }: JobFieldsProps) {
  const tokenizer = datasets.find(({ id }) => id === form.dataset)?.tokenizer ?? null;
  return (
    <SelectField
      label="Dataset"
      value={form.dataset}
      problem={problems.dataset_id}
      hint={tokenizerWarning(choices.tokenizers, { baseModel: form.baseModel, tokenizer })}
      onChange={(event) => setForm({ ...form, dataset: event.target.value })}
    >
      {form.dataset === '' ? <option value="">Choose one</option> : null}
      {datasets.map(({ id, name, rows_total }) => (
        <option key={id} value={id}>
          {rows_total === null ? name : `${name} (${formatCount(rows_total, 'row')})`}
        </option>
      ))}
    </SelectField>
  );
}

interface NameSelectProps {
  label: string;
  names: readonly string[];
  value: string;
  problem: string | undefined;
  hint?: string;
  /** Left out where there is nothing to choose. */
  isShort?: boolean;
  onChoose: (name: string) => void;
}

function NameSelect({ names, isShort = false, onChoose, ...rest }: NameSelectProps) {
  if (isShort && names.length < 2) return null;
  return (
    <SelectField {...rest} onChange={(event) => onChoose(event.target.value)}>
      {names.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </SelectField>
  );
}
