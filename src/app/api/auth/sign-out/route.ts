import { handle } from '@/http/handle';
import * as auth from '@/http/operations/auth';
import { route } from '@/http/route';
import { refuseWhereAway } from '@/lib/auth-answer';
import { createRequestSupabaseClient } from '@/lib/supabase-server';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  POST: handle(auth.signOut, async (_ctx, _input, { request, setCookie }) => {
    const { auth: client } = createRequestSupabaseClient(request, setCookie);
    const { error } = await client.signOut({ scope: 'local' });
    // a session that had ended already is signed out as well
    refuseWhereAway(error);
    return null;
  }),
});
