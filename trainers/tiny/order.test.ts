import { describe, expect, it } from 'vitest';
import { parseOrder } from './order.ts';

const ORDER = {
  job_id: 'j',
  attempt_id: 'a',
  base_model: 'pipeline/tiny-byte-lm',
  hyperparameters: { r: 4, learning_rate: 0.001 },
  dataset: { path: 'rows.jsonl', format: 'text', validation_share: 0.1 },
  total_steps: 7,
  resume_from: null,
  output_dir: 'output',
  checkpoint_dir: 'checkpoints',
};
const parse = (changes: object) => parseOrder(JSON.stringify({ ...ORDER, ...changes }));

describe('an order', () => {
  it('is understood, and what it leaves out has a value', () => {
    const order = parse({});
    expect(order.settings).toMatchObject({ r: 4, learning_rate: 0.001, lora_alpha: 32, max_grad_norm: 1 });
    expect(order.settings.target_modules).toContain('lm_head');
    expect(order).toMatchObject({ totalSteps: 7, resumeFrom: null, dataset: { validationShare: 0.1 } });
    expect(parse({ total_steps: null, dataset: null })).toMatchObject({ totalSteps: null, dataset: null });
  });

  it('names the modules that are adapted', () => {
    const chosen = parse({ hyperparameters: { target_modules: ['v_proj', 'q_proj'] } });
    expect(chosen.settings.target_modules).toEqual(['q_proj', 'v_proj']);
  });

  it.each([
    [{ base_model: 'meta/llama' }, /one base model/],
    [{ hyperparameters: { r: 0 } }, /r must be a number from 1 to 512/],
    [{ hyperparameters: { r: 1.5 } }, /r must be a whole number/],
    [{ hyperparameters: { learning_rate: 'fast' } }, /learning_rate/],
    [{ hyperparameters: { target_modules: ['c_attn'] } }, /target_modules/],
    [{ hyperparameters: { target_modules: ['q_proj', 'c_attn'] } }, /target_modules/],
    [{ hyperparameters: { lr_scheduler_type: 'step' } }, /lr_scheduler_type/],
    [{ hyperparameters: [] }, /hyperparameters is no object/],
    [{ dataset: { format: 'text' } }, /path must be a text/],
    [{ total_steps: -1 }, /total_steps/],
    [{ output_dir: '' }, /output_dir/],
  ])('that cannot be carried out says what is wrong: %j', (changes, message) => {
    expect(() => parse(changes)).toThrow(message);
  });

  it('that is no JSON is refused', () => {
    expect(() => parseOrder('{')).toThrow(/not JSON/);
    expect(() => parseOrder('[]')).toThrow(/no object/);
  });
});
