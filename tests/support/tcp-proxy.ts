import net, { type AddressInfo } from 'node:net';

/** `pass`: as if it were not there; `refuse`: nobody listens; `silent`: connects and never answers; `reset`: hangs up. */
export type ProxyMode = 'pass' | 'refuse' | 'silent' | 'reset';

/** Where a connection breaks: in the `turn`-th thing that a client says, or in the answer to it. */
export interface Break {
  /** Counted from 1 over all connections; a turn is what arrives in one piece. */
  readonly turn: number;
  /** `request`: before the server has read it all; `answer`: after the server has done all that it was told. */
  readonly of: 'request' | 'answer';
  /** The part of it that still gets through, from 0 (nothing) to below 1. */
  readonly keep: number;
}

/** A break that was ordered. */
export interface OrderedBreak {
  /** Whether it has happened: a conversation of fewer turns passes as it is. */
  happened(): boolean;
  /** How many turns there have been since it was ordered. */
  turns(): number;
  /** From which port the server saw the connection that broke; null until it has happened. */
  port(): number | null;
}

export interface TcpProxy {
  readonly port: number;
  /** Cuts every connection that is open, but for `silent`, which leaves them hanging. */
  turn(mode: ProxyMode): Promise<void>;
  /** Breaks one of the connections that are opened from now on, once, and counts their turns; replaces an earlier order. */
  breakAt(order: Break): OrderedBreak;
  close(): Promise<void>;
}

/** Stands between a client and a server of this machine, and fails as a network does. */
export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<net.Socket>();
  let mode: ProxyMode = 'pass';
  let ordered: Breaker | null = null;
  const server = net.createServer((client) => {
    track(sockets, client);
    if (mode === 'reset') client.resetAndDestroy();
    if (mode !== 'pass') return;
    const upstream = track(sockets, net.connect(target));
    const breaker = ordered; // what an older connection says, a goodbye for one, is no turn of this order
    let isLastAnswer = false;
    client.on('data', (chunk) => {
      // what arrives in silence is swallowed, as by a firewall that drops packets
      if (mode === 'silent') return;
      const due = breaker?.hears() ?? null;
      if (due) breaker?.breaks(upstream);
      if (due?.of === 'request') endWith(upstream, client, part(chunk, due));
      else upstream.write(chunk);
      isLastAnswer ||= due?.of === 'answer';
    });
    upstream.on('data', (chunk) => {
      if (mode === 'silent') return;
      if (isLastAnswer && breaker) endWith(client, upstream, part(chunk, breaker.order));
      else client.write(chunk);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
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
    breakAt(order) {
      ordered = createBreaker(order);
      return ordered;
    },
    async close() {
      cut();
      await stopListening();
    },
  };
}

interface Breaker extends OrderedBreak {
  readonly order: Break;
  /** Counts a turn; gives the order when this is its turn. */
  hears(): Break | null;
  /** Notes which connection to the server it is. */
  breaks(upstream: net.Socket): void;
}

function createBreaker(order: Break): Breaker {
  let turns = 0;
  let port: number | null = null;
  return {
    order,
    breaks(upstream) {
      port = upstream.localPort ?? null;
    },
    hears() {
      turns += 1;
      return turns === order.turn ? order : null;
    },
    happened: () => turns >= order.turn,
    turns: () => turns,
    port: () => port,
  };
}

const part = (chunk: Buffer, { keep }: Break): Buffer => chunk.subarray(0, Math.floor(chunk.length * keep));

/** Lets the last bytes through to one side, and hangs up on both. */
function endWith(to: net.Socket, from: net.Socket, bytes: Buffer): void {
  to.end(bytes, () => from.destroy());
}

function track(sockets: Set<net.Socket>, socket: net.Socket): net.Socket {
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
  return socket.on('error', () => socket.destroy());
}
