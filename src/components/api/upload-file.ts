import { readAnswer, unreachable } from './request';

interface UploadOptions {
  /** How many bytes of the whole have left, as often as the browser says so. */
  onProgress: (sent: number, total: number) => void;
  /** Ends the upload; the promise is then rejected with its reason. */
  signal: AbortSignal;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Sends a form to our own API and gives the `data` of its answer. By `XMLHttpRequest`, because `fetch` does not tell how
 * much of a body has been sent.
 */
export function uploadForm<T>(path: string, form: FormData, { onProgress, signal }: UploadOptions): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    signal.addEventListener('abort', stop, { once: true });
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress(loaded, total));
    request.addEventListener('abort', () => reject(signal.reason));
    request.addEventListener('error', () => reject(unreachable()));
    request.addEventListener('load', () => {
      try {
        resolve(readAnswer<T>(request.status, parse(request.responseText)));
      } catch (error) {
        reject(error);
      }
    });
    request.addEventListener('loadend', () => signal.removeEventListener('abort', stop));
    request.open('POST', path);
    request.setRequestHeader('accept', 'application/json');
    request.send(form);
  });
}
