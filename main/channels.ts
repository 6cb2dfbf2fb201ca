// The names of the only channels between the window and the app: one for requests, one for dropped files, one for events.

export const CALL = 'lightbatch:call';
export const DROP = 'lightbatch:drop';
export const EVENT = 'lightbatch:event';
