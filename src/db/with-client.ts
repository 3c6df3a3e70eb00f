import pg from 'pg';

/** Lends a connection of its own, outside every pool, for the time of `work`. */
export async function withClient<R>(options: pg.ClientConfig, work: (client: pg.Client) => Promise<R>): Promise<R> {
  const client = new pg.Client(options);
  // without a listener Node ends the process when the database does
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
