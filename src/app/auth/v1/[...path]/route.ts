import { runtime } from '@/http/runtime';

/** The endpoints of Supabase Auth, for supabase-js and everything built on it. With hosted Supabase they are there. */
async function answer(request: Request): Promise<Response> {
  const { identityFetch } = runtime();
  if (identityFetch) return identityFetch(request);
  const message = 'This installation signs people in at hosted Supabase: use the address of its project.';
  return Response.json({ code: 'not_found', message }, { status: 404 });
}

export {
  answer as DELETE,
  answer as GET,
  answer as HEAD,
  answer as OPTIONS,
  answer as PATCH,
  answer as POST,
  answer as PUT,
};
