import {
  datasetAdded,
  datasetAnswer,
  datasetDeleted,
  datasetParams,
  datasetsAnswer,
  datasetsQuery,
  uploadFields,
} from '@/domain/datasets/schema';
import { operation } from '@/http/operation';

/** POST /api/datasets. */
export const addDataset = operation({
  method: 'POST',
  path: '/api/datasets',
  summary: 'Upload JSON Lines (gzip too) as a dataset; its validation begins at once.',
  upload: uploadFields,
  status: 201,
  response: datasetAdded,
});

/** GET /api/datasets. */
export const listDatasets = operation({
  method: 'GET',
  path: '/api/datasets',
  summary: 'The caller’s datasets, newest first.',
  query: datasetsQuery,
  response: datasetsAnswer,
});

/** GET /api/datasets/[id]. */
export const readDataset = operation({
  method: 'GET',
  path: '/api/datasets/{id}',
  summary: 'A dataset with what its validation found.',
  params: datasetParams,
  response: datasetAnswer,
});

/** DELETE /api/datasets/[id]. */
export const deleteDataset = operation({
  method: 'DELETE',
  path: '/api/datasets/{id}',
  summary: 'Delete a dataset and its file; 409 while a job that has not ended needs it.',
  params: datasetParams,
  response: datasetDeleted,
});
