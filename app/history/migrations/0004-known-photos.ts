// How many photos of a day came to a watch folder and were known: counted from the index alone, a few times a second. A
// shipped migration is never edited, and imports nothing from the app.

export const version = 4;
export const name = 'known-photos';

export const sql = `
CREATE INDEX watched_same ON watched_file (watch_id, seen_at, sha256) WHERE state = 'same' AND sha256 IS NOT NULL;
`;
