import { createServer, type Server } from 'node:net';
import type { Env } from '@/lib/env';
import { StartError } from './start-error';

type Place = Pick<Env, 'host' | 'port'>;

/** Somebody else listens there. */
export class PortTakenError extends StartError {}

function explain(error: NodeJS.ErrnoException, { host, port }: Place): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new PortTakenError(
        `Port ${port} on ${host} is taken by another program, perhaps by PIPELINE itself. ` +
          `Stop it, or start with another: PORT=${port + 1} npm start`,
      );
    case 'EACCES':
      return new StartError(`Port ${port} needs more rights than this user has. Set PORT to one above 1023.`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartError(`HOST=${host} is no address of this machine. Use 127.0.0.1, or 0.0.0.0 for all of them.`);
    default:
      return error;
  }
}

/** Makes a server listen. @throws StartError with a sentence for what an address or a port can have wrong. */
export function listenOn(server: Server, place: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(explain(error, place));
    server.once('error', onError);
    server.listen(place.port, place.host, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

/** Listens for a moment and stops again. @throws as `listenOn` does. */
export async function probePort(place: Place): Promise<void> {
  const probe = createServer();
  await listenOn(probe, place);
  await new Promise((resolve) => probe.close(resolve));
}
