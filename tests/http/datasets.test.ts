import { describe, expect, test } from 'vitest';
import {
  type Answered,
  formOf,
  leftOf,
  NOTHING,
  post,
  ROW,
  serveUploads,
  uniqueRow,
  until,
} from './uploads/serve-uploads';

const world = serveUploads();

describe('what is there', () => {
  const add = async (as = world.caller) => String((await post(world, formOf(uniqueRow()), as)).body.data?.id);
  const get = (at: string, as = world.caller) => world.server.json<Answered>(at, { caller: as });

  test('is listed newest first, page by page, each once', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift(await add());
    const seen: unknown[] = [];
    for (let at = '/api/datasets?limit=2'; ; ) {
      const { datasets, next_cursor } = (await get(at)).body.data as {
        datasets: { id: string }[];
        next_cursor: string | null;
      };
      seen.push(...datasets.map(({ id }) => id));
      if (next_cursor === null) break;
      at = `/api/datasets?limit=2&cursor=${next_cursor}`;
    }
    expect(seen).toEqual(ids);
  });

  test('is filtered by status', async () => {
    const id = await add();
    const found = async (status: string) => (await get(`/api/datasets?status=${status}`)).body.data?.datasets;
    expect(await found('validating')).toEqual([expect.objectContaining({ id })]);
    expect(await found('ready')).toEqual([]);
    expect((await get('/api/datasets?status=gone')).body.details).toContain('status: send one of uploading');
    expect((await get('/api/datasets?cursor=abc')).body.details).toContain('cursor is malformed');
  });

  test('is deleted with its file', async () => {
    const id = await add();
    expect(await world.server.json(`/api/datasets/${id}`, { method: 'DELETE', caller: world.caller })).toMatchObject({
      status: 200,
      body: { data: { id } },
    });
    expect((await get(`/api/datasets/${id}`)).status).toBe(404);
    expect((await world.server.json(`/api/datasets/${id}`, { method: 'DELETE', caller: world.caller })).status).toBe(
      404,
    );
    expect(await world.local.size(`datasets/${id}/data`)).toBeNull();
  });

  test.each(['queued', 'initializing', 'running'])(
    'is kept while a job that is %s needs it, and goes when that has ended',
    async (status) => {
      const id = await add();
      const { rows } = await world.server.db.admin.query(
        'insert into lora_training_jobs (user_id, name, status, dataset_id) values ($1, $2, $2, $3) returning id',
        [world.caller.userId, status, id],
      );
      expect(await world.server.json(`/api/datasets/${id}`, { method: 'DELETE', caller: world.caller })).toMatchObject({
        status: 409,
        body: { details: expect.stringContaining('1 job that has not ended needs this dataset') },
      });
      expect(await world.local.size(`datasets/${id}/data`)).toBeGreaterThan(0);
      await world.server.db.admin.query(
        "update lora_training_jobs set status = 'cancelled', ended_at = now() where id = $1",
        [rows[0].id],
      );
      expect((await world.server.json(`/api/datasets/${id}`, { method: 'DELETE', caller: world.caller })).status).toBe(
        200,
      );
      const jobs = await world.server.db.admin.query('select dataset_id from lora_training_jobs where id = $1', [
        rows[0].id,
      ]);
      expect(jobs.rows).toEqual([{ dataset_id: null }]);
    },
  );

  test("of another account is 404 to read and to delete, and stays; one's own list does not show it", async () => {
    const [id, berta] = [await add(), await world.server.createUser()];
    expect((await get(`/api/datasets/${id}`, berta)).status).toBe(404);
    expect((await world.server.json(`/api/datasets/${id}`, { method: 'DELETE', caller: berta })).status).toBe(404);
    expect((await get('/api/datasets', berta)).body.data?.datasets).toEqual([]);
    expect((await get(`/api/datasets/${id}`)).status).toBe(200);
  });

  test('that is deleted while it is uploaded leaves nothing', async () => {
    const gate = Promise.withResolvers<void>();
    world.write = async (key, content) => {
      await gate.promise;
      return world.local.write(key, content);
    };
    const sending = post(world, formOf(ROW));
    await until(() => world.writes === 1);
    const { datasets } = (await get('/api/datasets?status=uploading')).body.data as { datasets: { id: string }[] };
    expect(
      (await world.server.json(`/api/datasets/${datasets[0]?.id}`, { method: 'DELETE', caller: world.caller })).status,
    ).toBe(200);
    gate.resolve();
    expect(await sending).toMatchObject({ status: 409, body: { details: expect.stringContaining('deleted') } });
    expect(await leftOf(world)).toEqual(NOTHING);
  });
});
