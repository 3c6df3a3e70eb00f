import { GET as own } from '@/app/api/costs/route';

// the product's own, built into the bench's pages
export const GET = own;
