-- How far the validation of a dataset has come.

alter table lora_datasets
  add column bytes_read bigint not null default 0 check (bytes_read >= 0);
comment on column lora_datasets.bytes_read is 'Bytes of the file that validation has read; rows_total and tokens grow with it.';
