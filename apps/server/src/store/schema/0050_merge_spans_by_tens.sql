-- A merge of spans costs half of what storing them did: ten parts and more at once make each span take part
-- in fewer merges than the engine's five would.
ALTER TABLE spans MODIFY SETTING min_parts_to_merge_at_once = 10
