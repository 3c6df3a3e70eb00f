import { z } from 'zod';
import { position } from '@/domain/notifications/position';
import {
  isSafeActionUrl,
  isStorableJson,
  isStorableText,
  NOTIFICATION_TYPES,
  PRIORITIES,
} from '@/domain/notifications/rules';
import { UUID_PATTERN } from '@/lib/ids';

const DEFAULT_PAGE = 20;
const LARGEST_PAGE = 50;
const DEFAULT_CHANGES = 100;
const MOST_CHANGES = 500;
const LARGEST_INTEGER = 2 ** 31 - 1;

/** A whole number from 1; more than `most` gives `most`, and what no 32-bit integer holds is refused. */
const countUpTo = (most: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, `send a whole number from 1 to ${most}`)
    .transform(Number)
    .refine((n) => n >= 1 && n <= LARGEST_INTEGER, `send a whole number from 1 to ${most}`)
    .transform((n) => Math.min(n, most));

const uuid = z.string().regex(UUID_PATTERN, 'send a UUID such as 3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f');

export const notificationParams = z.strictObject({ id: uuid.describe('The id of a notification.') });

export const listQuery = z.strictObject({
  unread: z
    .enum(['true', 'false'], 'send true or false')
    .transform((text) => text === 'true')
    .default(false)
    .describe('`true`: only what is unread.'),
  limit: countUpTo(LARGEST_PAGE).default(DEFAULT_PAGE).describe('Most notifications of the page; above 50 means 50.'),
  cursor: z
    .string()
    .max(200, 'send the next_cursor of an answer')
    .optional()
    .describe('`next_cursor` of the page before.'),
  type: z.string().min(1).max(50).optional().describe('Only this type, such as `job_failed`.'),
  priority: z.enum(PRIORITIES, `send ${PRIORITIES.join(', ')}`).optional(),
  job_id: uuid.optional().describe('Only what belongs to this job.'),
  state: z
    .enum(['inbox', 'archived', 'snoozed'], 'send inbox, archived or snoozed')
    .default('inbox')
    .describe('`inbox` is what is neither archived nor snoozed.'),
});
export type ListQuery = z.output<typeof listQuery>;

export const readAllBody = z.strictObject({
  up_to: position.describe('`up_to` of the list that was seen: whatever came later stays unread.'),
});
export type ReadAllBody = z.output<typeof readAllBody>;

export const changesQuery = z.strictObject({
  after: position.describe('Where to go on: `up_to` of a list at first, then `next` of each answer.'),
  limit: countUpTo(MOST_CHANGES).default(DEFAULT_CHANGES).describe('Most changes of the answer; above 500 means 500.'),
});
export type ChangesQuery = z.output<typeof changesQuery>;

const instant = z.iso.datetime();
const number = z.number().int();

/** A notification as it leaves the house: the row, with `read` as "read all" left it. */
export const notification = z.object({
  id: z.guid(),
  user_id: z.guid(),
  type: z.string(),
  title: z.string(),
  message: z.string(),
  priority: z.enum(PRIORITIES),
  read: z.boolean(),
  action_url: z.string().nullable(),
  metadata: z.unknown(),
  created_at: instant,
  seq: number.describe('Its number at birth; the order of the list.'),
  changed_seq: number.describe('The number of its last change; the order of the feed of changes.'),
  unread_seq: number.describe(
    'The number since which it counts as unread: a `read_all` with an `up_to` from there on reads it.',
  ),
  job_id: z.guid().nullable(),
  thread_key: z.string().nullable(),
  dedupe_key: z.string().nullable(),
  archived_at: instant.nullable(),
  snoozed_until: instant.nullable(),
  read_at: instant.nullable().describe('When it was marked read by itself or by its thread; null after `read_all`.'),
});
export type Notification = z.output<typeof notification>;

const place = z.string().regex(/^[0-9a-f]{12}\.\d+$/);
const unreadCount = z
  .number()
  .int()
  .min(0)
  .describe('Unread notifications in the whole inbox, whatever was asked for.');

export const notificationList = z.object({
  notifications: z.array(notification),
  unread_count: unreadCount,
  next_cursor: z.string().nullable(),
  up_to: place.describe('The place of this answer: for read-all and as the first `after` of the changes.'),
});
export type NotificationList = z.output<typeof notificationList>;

export const marked = z.object({ unread_count: unreadCount });
export type Marked = z.output<typeof marked>;

export const allRead = z.object({ unread_count: unreadCount, up_to: place.describe('Up to here everything is read.') });
export type AllRead = z.output<typeof allRead>;

const change = z.discriminatedUnion('kind', [
  z.object({ seq: number, kind: z.literal('upsert'), notification }),
  z.object({ seq: number, kind: z.literal('delete'), id: z.guid() }),
  z.object({ seq: number, kind: z.literal('read_all'), up_to: place }),
]);
export type Change = z.output<typeof change>;

export const changeList = z.union([
  z.object({
    changes: z.array(change).describe('Ascending by `seq`. Rows are states: applying one twice is harmless.'),
    next: place.describe('The next `after`.'),
    unread_count: unreadCount,
    has_more: z.boolean(),
  }),
  z.object({
    reset: z.literal(true).describe('That place is unknown or too old: read the list again and go on from its up_to.'),
    up_to: place,
  }),
]);
export type ChangeList = z.output<typeof changeList>;

const NOT_STORABLE = 'leave out NUL and lone surrogates, which the database cannot keep';
const text = (most: number) => z.string().min(1).max(most).refine(isStorableText, NOT_STORABLE);

/** What a producer hands to `notify`. */
export const newNotification = z.strictObject({
  userId: uuid,
  type: z.enum(NOTIFICATION_TYPES),
  /** What happened, in a few words. */
  title: text(200),
  /** What it cost, and what to do next. No raw text of an exception. */
  message: text(10_000),
  priority: z.enum(PRIORITIES).default('medium'),
  /** A path of our own site or an https address. */
  actionUrl: z
    .string()
    .refine(isSafeActionUrl, 'send a path such as /jobs/1 or an https address')
    .nullable()
    .default(null),
  metadata: z.record(z.string(), z.json()).refine(isStorableJson, NOT_STORABLE).nullable().default(null),
  jobId: uuid.nullable().default(null),
  /** Whose earlier events this one settles; `job:<id>` where a job is named and nothing else is said. */
  threadKey: text(200).nullable().default(null),
  /** Names the event for ever: a second one of the same user is dropped, also after the first was deleted. */
  dedupeKey: text(200).nullable().default(null),
  /** Default: the time of the transaction. */
  createdAt: z.date().nullable().default(null),
});
export type NewNotification = z.input<typeof newNotification>;
export type CheckedNotification = z.output<typeof newNotification>;
