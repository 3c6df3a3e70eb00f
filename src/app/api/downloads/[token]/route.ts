import { openDownload } from '@/domain/artifacts/open-download';
import { handle } from '@/http/handle';
import * as artifacts from '@/http/operations/artifacts';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  GET: handle.download(artifacts.openDownload, openDownload),
});
