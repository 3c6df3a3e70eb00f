import { changeSettings } from '@/domain/accounts/change-settings';
import { readMe } from '@/domain/accounts/read-me';
import { handle } from '@/http/handle';
import * as accounts from '@/http/operations/accounts';
import { route } from '@/http/route';

export const { GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE } = route({
  GET: handle(accounts.readMe, readMe),
  PATCH: handle(accounts.changeSettings, changeSettings),
});
