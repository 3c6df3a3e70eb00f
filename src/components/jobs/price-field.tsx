import type { ListedPrice } from '@/domain/prices/schema';
import { formatExact } from '@/lib/format';
import { Field } from '../ui/field';
import { SelectField } from '../ui/select-field';
import { priceKey } from './job-form';
import type { JobFormState } from './use-job-form';

/** A price as a choice: what it is for, and what it costs. */
function priceLabel({
  sku,
  gpu_type,
  gpu_count,
  purchase_option,
  region,
  unit,
  unit_price,
  currency,
}: ListedPrice): string {
  const gpus = gpu_count !== null && gpu_count > 1 ? `${gpu_count} × ${gpu_type}` : gpu_type;
  const how = ['on_demand', 'owned'].includes(purchase_option) ? '' : `, ${purchase_option}`;
  const where = region === 'any' ? '' : `, ${region}`;
  return `${sku} (${gpus}${how}${where}): ${formatExact(unit_price)} ${currency} per ${unit}`;
}

/** What is rented, by whose price, and how many of it. */
export function PriceField({ state: { form, setForm, prices, price, problems } }: { state: JobFormState }) {
  const byProvider = Map.groupBy(prices.data?.prices ?? [], ({ provider }) => provider);
  return (
    <>
      <SelectField
        label="Priced as"
        value={price === undefined ? '' : priceKey(price)}
        problem={prices.error ? 'The prices could not be read. Reload the page.' : (problems.sku ?? problems.provider)}
        hint="The rate that the meter charges by, fixed when the run starts."
        onChange={(event) => setForm({ ...form, price: event.target.value })}
      >
        {price === undefined ? <option value="">Loading the prices</option> : null}
        {[...byProvider].map(([provider, listed]) => (
          <optgroup key={provider} label={provider}>
            {listed.map((each) => (
              <option key={priceKey(each)} value={priceKey(each)}>
                {priceLabel(each)}
              </option>
            ))}
          </optgroup>
        ))}
      </SelectField>
      <Field
        label="GPUs"
        inputMode="numeric"
        value={form.gpuCount}
        problem={problems.gpu_count}
        hint={price?.gpu_count && price.gpu_count > 1 ? `Sold with ${price.gpu_count} at a time.` : 'From 1 to 64.'}
        onChange={(event) => setForm({ ...form, gpuCount: event.target.value })}
      />
    </>
  );
}
