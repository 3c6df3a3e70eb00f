-- The catalogue of prices to start with: public list prices, typed in as facts, each with the list that it was read from
-- and the day on which that list was made. They grow old: `pipeline prices set` and `pipeline prices import` add versions.
--
-- A price of which there is a version already stays as it is, whoever made it.

alter table lora_prices no force row level security; -- the owner writes here; nobody has read or written in between

insert into lora_prices
  (provider, sku, kind, gpu_type, gpu_count, purchase_option, unit, unit_price, version, valid_from, origin, observed_on)
values
  ('local', 'this-machine', 'gpu', 'cpu', 1, 'owned', 'hour', 0.10, 1, '2020-01-01T00:00:00Z',
   'assumed; set your own rate with: pipeline prices set local this-machine --unit-price …', date '2026-01-01')
on conflict do nothing;

insert into lora_prices
  (provider, sku, kind, purchase_option, unit, unit_price, version, valid_from, origin, observed_on)
values
  ('local', 'artifact-storage', 'storage', 'owned', 'month', 0.02, 1, '2020-01-01T00:00:00Z',
   'assumed; set your own rate with: pipeline prices set local artifact-storage --unit-price …', date '2026-01-01')
on conflict do nothing;

-- Increment and minimum as the providers describe their billing: Amazon and Google by the second with a minute at least,
-- Azure, Modal and RunPod by the second, Lambda and Hyperstack by the minute.
insert into lora_prices
  (provider, sku, kind, gpu_type, gpu_memory_gb, gpu_count, purchase_option, unit, unit_price, increment_ms, minimum_ms,
   version, valid_from, origin, observed_on)
select p.provider, p.sku, 'gpu', p.gpu_type, p.gpu_memory_gb, p.gpu_count, p.purchase_option, 'hour', p.unit_price,
  p.increment_ms, p.minimum_ms, 1, p.observed_on::timestamp at time zone 'utc', l.origin, p.observed_on
from (values
  ('runpod', 'rtx-a5000-community', 'A5000', 24, 1, 'on_demand', 0.16, 1000, 0, 'list', date '2026-05-24'),
  ('runpod', 'rtx-3090-community', 'RTX 3090', 24, 1, 'on_demand', 0.22, 1000, 0, 'list', date '2026-05-24'),
  ('runpod', 'a40-community', 'A40', 48, 1, 'on_demand', 0.35, 1000, 0, 'list', date '2026-05-24'),
  ('runpod', 'rtx-4090', 'RTX 4090', 24, 1, 'on_demand', 0.69, 1000, 0, 'list', date '2026-05-24'),
  ('runpod', 'rtx-4090-community', 'RTX 4090', 24, 1, 'on_demand', 0.34, 1000, 0, 'list', date '2026-05-24'),
  ('runpod', 'rtx-5090-community', 'RTX 5090', 32, 1, 'on_demand', 0.69, 1000, 0, 'list', date '2026-05-24'),
  ('runpod', 'rtx-6000-ada-community', 'RTX 6000 Ada', 48, 1, 'on_demand', 0.74, 1000, 0, 'list', date '2026-05-24'),
  ('runpod', 'l4-community', 'L4', 24, 1, 'on_demand', 0.44, 1000, 0, 'list', date '2026-05-24'),
  ('runpod', 'l40s-community', 'L40S', 48, 1, 'on_demand', 0.79, 1000, 0, 'list', date '2026-05-24'),
  ('runpod', 'a100-pcie', 'A100 PCIe', 80, 1, 'on_demand', 1.39, 1000, 0, 'list', date '2026-05-24'),
  ('runpod', 'a100-sxm', 'A100 SXM', 80, 1, 'on_demand', 1.49, 1000, 0, 'list', date '2026-05-24'),
  ('runpod', 'h100-pcie', 'H100 PCIe', 80, 1, 'on_demand', 2.39, 1000, 0, 'list', date '2026-05-24'),
  ('runpod', 'h100-nvl', 'H100 NVL', 94, 1, 'on_demand', 2.79, 1000, 0, 'list', date '2026-05-24'),
  ('runpod', 'h100-sxm', 'H100 SXM', 80, 1, 'on_demand', 3.29, 1000, 0, 'list', date '2026-05-24'),
  ('runpod', 'h200', 'H200', 141, 1, 'on_demand', 4.39, 1000, 0, 'list', date '2026-05-24'),
  ('runpod', 'b200', 'B200', 180, 1, 'on_demand', 5.89, 1000, 0, 'list', date '2026-05-24'),
  ('lambda', 'gpu-1x-a6000', 'A6000', 48, 1, 'on_demand', 1.09, 60000, 0, 'list', date '2026-05-24'),
  ('lambda', 'gpu-1x-a10', 'A10', 24, 1, 'on_demand', 1.29, 60000, 0, 'list', date '2026-05-24'),
  ('lambda', 'gpu-1x-a100-sxm', 'A100 SXM', 40, 1, 'on_demand', 1.99, 60000, 0, 'list', date '2026-05-24'),
  ('lambda', 'gpu-1x-gh200', 'GH200', 96, 1, 'on_demand', 2.29, 60000, 0, 'list', date '2026-05-24'),
  ('lambda', 'gpu-1x-h100-pcie', 'H100 PCIe', 80, 1, 'on_demand', 3.29, 60000, 0, 'list', date '2026-05-24'),
  ('lambda', 'gpu-1x-h100-sxm', 'H100 SXM', 80, 1, 'on_demand', 4.29, 60000, 0, 'list', date '2026-05-24'),
  ('lambda', 'gpu-1x-b200-sxm6', 'B200', 180, 1, 'on_demand', 6.99, 60000, 0, 'list', date '2026-05-24'),
  ('modal', 't4', 'T4', 16, 1, 'serverless', 0.59, 1000, 0, 'list', date '2026-05-24'),
  ('modal', 'l4', 'L4', 24, 1, 'serverless', 0.8, 1000, 0, 'list', date '2026-05-24'),
  ('modal', 'a10', 'A10', 24, 1, 'serverless', 1.1, 1000, 0, 'list', date '2026-05-24'),
  ('modal', 'l40s', 'L40S', 48, 1, 'serverless', 1.95, 1000, 0, 'list', date '2026-05-24'),
  ('modal', 'a100-40gb', 'A100 SXM', 40, 1, 'serverless', 2.1, 1000, 0, 'list', date '2026-05-24'),
  ('modal', 'a100-80gb', 'A100 SXM', 80, 1, 'serverless', 2.5, 1000, 0, 'list', date '2026-05-24'),
  ('modal', 'h100', 'H100 SXM', 80, 1, 'serverless', 3.95, 1000, 0, 'list', date '2026-05-24'),
  ('modal', 'h200', 'H200', 141, 1, 'serverless', 4.54, 1000, 0, 'list', date '2026-05-24'),
  ('modal', 'b200', 'B200', 180, 1, 'serverless', 6.25, 1000, 0, 'list', date '2026-05-24'),
  ('hyperstack', 'a100-sxm', 'A100 SXM', 80, 1, 'on_demand', 1.6, 60000, 0, 'list', date '2026-05-24'),
  ('hyperstack', 'h100-sxm', 'H100 SXM', 80, 1, 'on_demand', 2.4, 60000, 0, 'list', date '2026-05-24'),
  ('aws', 'g4dn.xlarge', 'T4', 16, 1, 'on_demand', 0.53, 1000, 60000, 'fsdl', date '2025-03-07'),
  ('aws', 'g4dn.xlarge', 'T4', 16, 1, 'spot', 0.16, 1000, 60000, 'fsdl', date '2025-03-07'),
  ('aws', 'g4dn.12xlarge', 'T4', 16, 4, 'on_demand', 3.91, 1000, 60000, 'fsdl', date '2025-03-07'),
  ('aws', 'g5.xlarge', 'A10G', 24, 1, 'on_demand', 1.01, 1000, 60000, 'fsdl', date '2025-03-07'),
  ('aws', 'g5.xlarge', 'A10G', 24, 1, 'spot', 0.30, 1000, 60000, 'fsdl', date '2025-03-07'),
  ('aws', 'g5.12xlarge', 'A10G', 24, 4, 'on_demand', 5.67, 1000, 60000, 'fsdl', date '2025-03-07'),
  ('aws', 'g5.48xlarge', 'A10G', 24, 8, 'on_demand', 16.29, 1000, 60000, 'fsdl', date '2025-03-07'),
  ('aws', 'p3.2xlarge', 'V100', 16, 1, 'on_demand', 3.06, 1000, 60000, 'fsdl', date '2025-03-07'),
  ('aws', 'p4d.24xlarge', 'A100 SXM', 40, 8, 'on_demand', 32.77, 1000, 60000, 'fsdl', date '2025-03-07'),
  ('aws', 'p4d.24xlarge', 'A100 SXM', 40, 8, 'spot', 9.83, 1000, 60000, 'fsdl', date '2025-03-07'),
  ('aws', 'p4de.24xlarge', 'A100 SXM', 80, 8, 'on_demand', 40.97, 1000, 60000, 'fsdl', date '2025-03-07'),
  ('gcp', 'a2-highgpu-1g', 'A100 SXM', 40, 1, 'on_demand', 3.67, 1000, 60000, 'fsdl', date '2025-03-07'),
  ('gcp', 'a2-highgpu-1g', 'A100 SXM', 40, 1, 'spot', 1.10, 1000, 60000, 'fsdl', date '2025-03-07'),
  ('gcp', 'a2-highgpu-8g', 'A100 SXM', 40, 8, 'on_demand', 29.36, 1000, 60000, 'fsdl', date '2025-03-07'),
  ('azure', 'NC4as_T4_v3', 'T4', 16, 1, 'on_demand', 0.53, 1000, 0, 'fsdl', date '2025-03-07'),
  ('azure', 'NC24ads_A100_v4', 'A100 PCIe', 80, 1, 'on_demand', 3.67, 1000, 0, 'fsdl', date '2025-03-07'),
  ('azure', 'NC24ads_A100_v4', 'A100 PCIe', 80, 1, 'spot', 1.47, 1000, 0, 'fsdl', date '2025-03-07'),
  ('azure', 'ND96amsr_A100_v4', 'A100 SXM', 80, 8, 'on_demand', 37.18, 1000, 0, 'fsdl', date '2025-03-07')
) p (provider, sku, gpu_type, gpu_memory_gb, gpu_count, purchase_option, unit_price, increment_ms, minimum_ms, list, observed_on)
join (values
  ('list', 'GPU price list, github.com/tardellirs/gpu-pricing'),
  ('fsdl', 'Cloud GPUs, fullstackdeeplearning.com/cloud-gpus')
) l (list, origin) using (list)
on conflict do nothing;

alter table lora_prices force row level security;
