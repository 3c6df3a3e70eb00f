// A route as the product has them, whose verb does nothing: what is left is the wrapper around every verb.
import { handle } from '@/http/handle';
import { route } from '@/http/route';

export const { GET } = route({ GET: handle({}, async () => ({})) });
