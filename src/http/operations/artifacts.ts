import {
  artifactAnswer,
  artifactParams,
  artifactsAnswer,
  artifactsQuery,
  deletedAnswer,
  downloadAnswer,
  linkParams,
} from '@/domain/artifacts/schema';
import { operation } from '@/http/operation';

/** GET /api/models. */
export const listArtifacts = operation({
  method: 'GET',
  path: '/api/models',
  summary: 'The caller’s adapters, newest first.',
  query: artifactsQuery,
  response: artifactsAnswer,
});

/** GET /api/models/{id}. */
export const readArtifact = operation({
  method: 'GET',
  path: '/api/models/{id}',
  summary: 'One adapter: its files with their SHA-256, its quality, what it is and what keeping it has cost.',
  params: artifactParams,
  response: artifactAnswer,
});

/** DELETE /api/models/{id}. */
export const deleteArtifact = operation({
  method: 'DELETE',
  path: '/api/models/{id}',
  summary: 'Deletes an adapter and its files; its storage is charged up to this moment.',
  params: artifactParams,
  response: deletedAnswer,
});

/** POST /api/models/{id}/download. */
export const createDownload = operation({
  method: 'POST',
  path: '/api/models/{id}/download',
  summary:
    'Links to each file and to all of them as one archive; they work for a quarter of an hour without a credential.',
  params: artifactParams,
  response: downloadAnswer,
  cache: 'no-store',
});

/** GET /api/downloads/{token}. */
export const openDownload = operation({
  method: 'GET',
  path: '/api/downloads/{token}',
  summary: 'The file behind a link; answers Range with 206.',
  access: 'public',
  params: linkParams,
  response: 'file',
});
