// Listeners, and those among them that fail.
import { expect, it } from 'vitest';
import { Listeners } from '../../app/lib/listeners.ts';
import { silentLog } from '../../app/lib/log.ts';
import { recordingLog } from '../main/support.ts';

it('hear of what is told until they have had enough', () => {
  const listeners = new Listeners<number>(silentLog);
  const heard: string[] = [];
  const end = listeners.add((value) => heard.push(`one ${value}`));
  listeners.add((value) => heard.push(`other ${value}`));
  listeners.tell(1);
  end();
  listeners.tell(2);
  expect(heard).toEqual(['one 1', 'other 1', 'other 2']);
  expect(listeners.size).toBe(1);
  listeners.clear();
  listeners.tell(3);
  expect(heard).toHaveLength(3);
});

it('that fail are noted, and disturb neither the others nor the one who tells', () => {
  const log = recordingLog();
  const listeners = new Listeners(log);
  const heard: string[] = [];
  listeners.add(() => {
    throw new Error('broken');
  });
  listeners.add(() => heard.push('heard'));
  listeners.tell(undefined, { job: 7 });
  expect(heard).toEqual(['heard']);
  expect(log.lines).toEqual([{ level: 'error', event: 'listener', fields: { job: 7, error: 'Error: broken' } }]);
});
