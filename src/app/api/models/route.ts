import { listArtifacts } from '@/domain/artifacts/list-artifacts';
import { handle } from '@/http/handle';
import * as artifacts from '@/http/operations/artifacts';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  GET: handle(artifacts.listArtifacts, listArtifacts),
});
