import { PATCH as own } from '@/app/api/notifications/[id]/read/route';

// the product's own, built into the bench's pages
export const PATCH = own;
