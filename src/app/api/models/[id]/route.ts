import { deleteArtifact } from '@/domain/artifacts/delete-artifact';
import { readArtifact } from '@/domain/artifacts/read-artifact';
import { handle } from '@/http/handle';
import * as artifacts from '@/http/operations/artifacts';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  GET: handle(artifacts.readArtifact, readArtifact),
  DELETE: handle(artifacts.deleteArtifact, deleteArtifact),
});
