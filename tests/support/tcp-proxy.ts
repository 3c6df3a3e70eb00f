import net, { type AddressInfo } from 'node:net';

/** `pass`: as if it were not there; `refuse`: nobody listens; `silent`: connects and never answers; `reset`: hangs up. */
export type ProxyMode = 'pass' | 'refuse' | 'silent' | 'reset';

export interface TcpProxy {
  readonly port: number;
  /** Cuts every connection that is open, but for `silent`, which leaves them hanging. */
  turn(mode: ProxyMode): Promise<void>;
  close(): Promise<void>;
}

/** Stands between a client and a server of this machine, and fails as a network does. */
export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<net.Socket>();
  let mode: ProxyMode = 'pass';
  const server = net.createServer((client) => {
    track(sockets, client);
    if (mode === 'reset') client.resetAndDestroy();
    if (mode !== 'pass') return;
    const upstream = track(sockets, net.connect(target));
    const forward = (from: net.Socket, to: net.Socket) => {
      // what arrives in silence is swallowed, as by a firewall that drops packets
      from.on('data', (chunk) => mode !== 'silent' && to.write(chunk));
      from.on('close', () => to.destroy());
    };
    forward(client, upstream);
    forward(upstream, client);
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stopListening = () =>
    new Promise<void>((resolve) => (server.listening ? server.close(() => resolve()) : resolve()));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port,
    async turn(next) {
      mode = next;
      if (next !== 'silent') cut();
      if (next === 'refuse') await stopListening();
      else if (!server.listening) await listen(port);
    },
    async close() {
      cut();
      await stopListening();
    },
  };
}

function track(sockets: Set<net.Socket>, socket: net.Socket): net.Socket {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
  return socket.on('error', () => socket.destroy());
}
