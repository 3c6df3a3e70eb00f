import { z } from 'zod';
import { operation } from '@/http/operation';
import { passwordProblem } from '@/lib/password-rule';

const email = z.string().trim().min(3).max(254).describe('E-mail address; capitals do not matter.');
const password = z.string().min(1).max(1_000);
const newPassword = z
  .string()
  .max(1_000)
  .superRefine((text, check) => {
    const problem = passwordProblem(text);
    if (problem) check.addIssue({ code: 'custom', message: problem });
  })
  .describe('8 to 200 characters.');

const signedIn = z.object({ user: z.object({ id: z.uuid(), email: z.string() }) });

/** POST /api/auth/sign-in. */
export const signIn = operation({
  method: 'POST',
  path: '/api/auth/sign-in',
  summary: 'Signs in by password; the session comes as a cookie that no script can read.',
  access: 'public',
  cache: 'no-store',
  body: z.strictObject({ email, password }),
  response: signedIn,
});

/** POST /api/auth/sign-up. */
export const signUp = operation({
  method: 'POST',
  path: '/api/auth/sign-up',
  summary: 'Makes an account and signs it in, where sign-up is open.',
  access: 'public',
  cache: 'no-store',
  status: 201,
  body: z.strictObject({
    email,
    password: newPassword,
    code: z
      .string()
      .max(100)
      .optional()
      .describe('The one-time code that the start printed, where the first account needs it.'),
  }),
  response: signedIn,
});

/** POST /api/auth/sign-out. */
export const signOut = operation({
  method: 'POST',
  path: '/api/auth/sign-out',
  summary: 'Ends the session of the cookie, here and on the server; without one nothing happens.',
  access: 'public',
  cache: 'no-store',
  response: z.null(),
});

/** POST /api/auth/reset-password. */
export const resetPassword = operation({
  method: 'POST',
  path: '/api/auth/reset-password',
  summary: 'Sets a new password by the secret of a reset link, ends all other sessions and signs in.',
  access: 'public',
  cache: 'no-store',
  body: z.strictObject({
    token: z.string().min(1).max(500).describe('What follows #token= in the link.'),
    password: newPassword,
  }),
  response: signedIn,
});
