import type { BenchDatabase } from './cluster';
import { openClient, startHttpProduct } from './http-client';
import type { HttpRates, Row } from './report';
import { type Case, measurePair, measureRounds } from './rounds';

/** Until the compiler of the server has seen everything. */
const WARM_UP = 300;

/** How often the two empty routes are asked side by side. */
const PAIRS = 1_000;

/**
 * Measures requests over one HTTP connection: the product's routes as multiples of a route of ours whose verb does
 * nothing, and that one against a bare route of the page framework behind the same server.
 *
 * @param accounts ids: of whoever has charges, and of whoever has notifications
 */
export async function measureHttp(
  db: BenchDatabase,
  accounts: { charges: string; inbox: string },
  { rounds, calls }: { rounds: number; calls: number },
): Promise<HttpRates> {
  const product = await startHttpProduct(db.adminUrl, [accounts.charges, accounts.inbox]);
  const { ask, close } = openClient(product.url);
  const [charges = '', inbox = ''] = product.tokens;
  const { rows: found } = await db.admin.query<{ id: string }>(
    'select id from lora_notifications where user_id = $1 order by seq desc limit 1',
    [accounts.inbox],
  );
  const id = found[0]?.id ?? '';
  // both bring the credential, so that both requests have the same bytes to read
  const nothing = () => ask('GET', '/api/nothing', charges);
  const empty = () => ask('GET', '/api/empty', charges);
  const cases: Case[] = [
    { name: 'costs', run: () => ask('GET', '/api/costs?period=week&limit=0', charges) },
    { name: 'list', run: () => ask('GET', '/api/notifications?limit=20', inbox) },
    {
      name: 'read',
      run: () => ask('PATCH', `/api/notifications/${id}/read`, inbox),
      prepare: () => db.admin.query('update lora_notifications set read = false where id = $1', [id]),
    },
  ];
  try {
    for (const run of [nothing, empty, ...cases.map((each) => each.run)]) {
      for (let i = 0; i < WARM_UP; i += 1) await run();
    }
    const pair = await measurePair(nothing, empty, PAIRS);
    const { p50, floor } = await measureRounds(empty, cases, { rounds, calls });
    const multiple = (what: string, name: string): Row => ({
      what,
      measured: (p50.get(name) ?? Number.NaN) / floor,
      unit: '×',
    });
    return {
      nothing: pair.first,
      empty: pair.second,
      rows: [
        {
          what: 'our wrapper over an empty route of the page framework',
          measured: pair.difference,
          unit: 'ms',
          target: { most: 0.3 },
        },
        multiple('GET /api/costs?period=week&limit=0', 'costs'),
        multiple('GET /api/notifications?limit=20', 'list'),
        multiple('PATCH /api/notifications/{id}/read', 'read'),
      ],
    };
  } finally {
    close();
    await product.close();
  }
}
