import { handle } from '@/http/handle';
import * as auth from '@/http/operations/auth';
import { route } from '@/http/route';
import { signedInAnswer } from '@/lib/auth-answer';
import { createSignInSupabaseClient } from '@/lib/supabase-server';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  POST: handle(auth.resetPassword, async (_ctx, { token, password }, { request, setCookie }) => {
    const { auth: client } = createSignInSupabaseClient(request, setCookie);
    signedInAnswer(await client.verifyOtp({ type: 'recovery', token_hash: token }));
    return signedInAnswer(await client.updateUser({ password }));
  }),
});
