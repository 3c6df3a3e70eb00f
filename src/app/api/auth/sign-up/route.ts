import { handle } from '@/http/handle';
import * as auth from '@/http/operations/auth';
import { route } from '@/http/route';
import { signedInAnswer } from '@/lib/auth-answer';
import { createSignInSupabaseClient } from '@/lib/supabase-server';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  POST: handle(auth.signUp, async (_ctx, { code, ...credentials }, { request, setCookie }) => {
    const { auth: client } = createSignInSupabaseClient(request, setCookie);
    const options = code === undefined ? {} : { data: { sign_up_code: code } };
    return signedInAnswer(await client.signUp({ ...credentials, options }));
  }),
});
