import { operations } from '@/http/api';
import { handle } from '@/http/handle';
import { openApiDocument } from '@/http/openapi';
import * as product from '@/http/operations/product';
import { route } from '@/http/route';
import { runtime } from '@/http/runtime';

let document: ReturnType<typeof openApiDocument> | undefined;

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  GET: handle(product.readOpenApi, async () => {
    document ??= openApiDocument(operations, runtime().version);
    return document;
  }),
});
