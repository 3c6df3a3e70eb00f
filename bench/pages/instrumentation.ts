import { register as own } from '@/instrumentation';

// the product's own, built into the bench's pages
export const register = own;
