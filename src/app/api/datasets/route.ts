import { addDataset } from '@/domain/datasets/add-dataset';
import { listDatasets } from '@/domain/datasets/list-datasets';
import { handle } from '@/http/handle';
import * as datasets from '@/http/operations/datasets';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  GET: handle(datasets.listDatasets, listDatasets),
  POST: handle(datasets.addDataset, addDataset),
});
