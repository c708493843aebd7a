-- Rows lie by their offsets, which grow with time: a granule of a thousand covers minutes, and most of a day's
-- granules are left out where a query asks for an hour.
ALTER TABLE messages ADD INDEX IF NOT EXISTS start_index start TYPE minmax GRANULARITY 1
