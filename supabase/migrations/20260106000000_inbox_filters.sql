-- A list filtered by type or priority ran over the whole inbox where little or nothing matched. Neither ever changes,
-- so a mark costs these indexes no more than it costs every other one.

create index lora_notifications_by_type on lora_notifications (user_id, type, seq)
  where archived_at is null and snoozed_until is null;
create index lora_notifications_by_priority on lora_notifications (user_id, priority, seq)
  where archived_at is null and snoozed_until is null;
