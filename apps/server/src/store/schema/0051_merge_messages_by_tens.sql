-- As spans.
ALTER TABLE messages MODIFY SETTING min_parts_to_merge_at_once = 10
