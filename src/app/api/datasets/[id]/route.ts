import { deleteDataset } from '@/domain/datasets/delete-dataset';
import { readDataset } from '@/domain/datasets/read-dataset';
import { handle } from '@/http/handle';
import * as datasets from '@/http/operations/datasets';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  GET: handle(datasets.readDataset, readDataset),
  DELETE: handle(datasets.deleteDataset, deleteDataset),
});
