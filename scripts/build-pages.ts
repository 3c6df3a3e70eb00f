// Builds the pages where they are missing or older than their sources, as `npm start` does, so that no test waits for it.
import { buildPages } from '@/server/build-pages';

await buildPages((line) => console.log(line), new AbortController().signal);
