import { GET as own } from '@/app/api/notifications/route';

// the product's own, built into the bench's pages
export const GET = own;
