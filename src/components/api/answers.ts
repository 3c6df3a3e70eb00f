import type { CostsAnswer } from '@/domain/ledger/schema';

/** What GET /api/me answers. */
export interface Me {
  id: string;
  email: string | null;
  /** Zone in which this person's days begin, by its IANA name. */
  timezone: string;
  /** Currency that is shown where none is asked for. */
  currency: string;
}

/** What GET /api/costs answers. */
export type Costs = CostsAnswer;

/** One day of the chart; its `amount` is for the height of a bar, never for a number that is shown. */
export type CostDay = Costs['chart_data'][number];

export type Priority = 'low' | 'medium' | 'high' | 'urgent';

/** One row of the inbox. */
export interface InboxNotification {
  id: string;
  type: string;
  title: string;
  message: string;
  priority: Priority;
  read: boolean;
  action_url: string | null;
  created_at: string;
}

/** What GET /api/notifications answers. */
export interface Inbox {
  notifications: InboxNotification[];
  unread_count: number;
  next_cursor: string | null;
  /** Place up to which this answer has seen everything; "read all" moves the watermark there. */
  up_to: string;
}
