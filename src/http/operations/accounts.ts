import { meAnswer, settingsBody } from '@/domain/accounts/schema';
import { operation } from '@/http/operation';

/** GET /api/me. */
export const readMe = operation({
  method: 'GET',
  path: '/api/me',
  summary: 'The caller’s account and settings.',
  access: 'user',
  response: meAnswer,
});

/** PATCH /api/me. */
export const changeSettings = operation({
  method: 'PATCH',
  path: '/api/me',
  summary: 'Changes the time zone, the currency or both.',
  body: settingsBody,
  response: meAnswer,
});
