CREATE TABLE queues (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    attributes TEXT NOT NULL
) STRICT;

-- A message is delayed while it is hidden and was never received, in flight while it is hidden
-- and was, and visible otherwise. AUTOINCREMENT: a receipt handle holds the sequence, which must
-- never name another message. The long column comes last, so that the others are read without it.
CREATE TABLE messages (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    queue INTEGER NOT NULL REFERENCES queues (id) ON DELETE CASCADE,
    group_id TEXT NOT NULL,
    visible_at_ms INTEGER NOT NULL,
    sent_at_ms INTEGER NOT NULL,
    received INTEGER NOT NULL DEFAULT 0,
    first_received_at_ms INTEGER,
    is_copy INTEGER NOT NULL DEFAULT 0,
    message_id TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX messages_by_group ON messages (queue, group_id, visible_at_ms);
CREATE INDEX messages_by_visibility ON messages (queue, visible_at_ms, received, sent_at_ms);
CREATE INDEX messages_by_age ON messages (queue, sent_at_ms);
CREATE INDEX messages_received ON messages (queue, group_id, visible_at_ms) WHERE received > 0;
