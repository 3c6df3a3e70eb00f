import { jsonResponse } from '@/identity/answers';
import type { Endpoint } from '@/identity/endpoint';
import { isSignUpClosed } from '@/identity/endpoints/sign-up';

/** GET /settings: what this installation offers; `sign_up_needs_code` is our own addition. */
export const settings: Endpoint = async (parts) => {
  const closed = await isSignUpClosed(parts);
  return jsonResponse({
    external: { anonymous_users: false, email: true, phone: false },
    disable_signup: closed,
    sign_up_needs_code: !closed && parts.signUpPolicy === 'first-with-code',
    mailer_autoconfirm: true,
    phone_autoconfirm: false,
    sms_provider: '',
    saml_enabled: false,
  });
};
