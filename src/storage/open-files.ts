import type { Env } from '@/lib/env';
import type { FileStore } from '@/lib/file-store';
import { createLocalFiles } from './local-files';
import { createSupabaseFiles } from './supabase-files';

/** The store of files that the environment asks for; nothing is read or written yet. */
export function openFiles({ files }: Pick<Env, 'files'>): FileStore {
  return files.kind === 'local' ? createLocalFiles(files.folder) : createSupabaseFiles(files);
}
