// The operations of the media process, by name. Importing this loads sharp.
import { dress } from './dress.ts';
import { inspect } from './inspect.ts';
import { prepare } from './prepare.ts';
import type { Operations } from './protocol.ts';
import { retouch } from './retouch.ts';
import { thumbnail } from './thumbnail.ts';
import { verify } from './verify.ts';

export const operations: Operations = { inspect, prepare, verify, dress, thumbnail, retouch };
