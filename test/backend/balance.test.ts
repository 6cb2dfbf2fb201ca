// How often the balance is asked for.
import { describe, expect, it } from 'vitest';
import { Balance } from '../../app/backend/balance.ts';
import { failure, FailureError } from '../../app/domain/failure.ts';
import { ManualClock } from '../fakes/clock.ts';

type Answer = { credits: number; freeCredits: number };

/** An account that answers when it is told to. */
class Account {
  asked = 0;
  #answer = Promise.withResolvers<Answer>();

  credits(): Promise<Answer> {
    this.asked += 1;
    this.#answer = Promise.withResolvers();
    return this.#answer.promise;
  }

  tell(credits: number): void {
    this.#answer.resolve({ credits, freeCredits: 0.5 });
  }

  refuse(): void {
    this.#answer.reject(new FailureError(failure('offline')));
  }
}

function setUp() {
  const clock = new ManualClock();
  const changes: (number | null)[] = [];
  const balance: Balance = new Balance({ clock, onChange: () => changes.push(balance.value?.credits ?? null) });
  return { clock, balance, changes, account: new Account() };
}

describe('the balance', () => {
  it('counts free credits, too, and says when it was told', async () => {
    const { clock, balance, account, changes } = setUp();
    balance.follow(account);
    account.tell(2);
    await balance.ask();
    expect(balance.value).toEqual({ credits: 2.5, at: clock.now() });
    expect(changes).toEqual([2.5]);
  });

  it('is asked for once, however many want to know at the same time', async () => {
    const { balance, account } = setUp();
    balance.follow(account);
    const asks = [balance.ask(), balance.ask()];
    account.tell(1);
    await Promise.all(asks);
    expect(account.asked).toBe(1);
    const again = balance.ask();
    account.tell(3);
    await again;
    expect(account.asked).toBe(2);
    expect(balance.value?.credits).toBe(3.5);
  });

  it('is asked for by itself once a minute at most, and then it is the latest', async () => {
    const { clock, balance, account } = setUp();
    balance.follow(account);
    account.tell(5);
    await balance.ask();
    for (let batch = 0; batch < 10; batch += 1) balance.askSoon();
    await clock.run(59_000);
    expect(account.asked).toBe(1);
    await clock.run(1_000);
    expect(account.asked).toBe(2);
    account.tell(4);
    await balance.ask();
    expect(clock.pending).toBe(0);
    await clock.run(60_000);
    balance.askSoon();
    expect(account.asked).toBe(3);
  });

  it('is asked for at once by who relies on it, unless it is young enough for that', async () => {
    const { clock, balance, account } = setUp();
    balance.askIfOlder(0);
    balance.follow(account, 5);
    balance.askSoon();
    await clock.run(14_000);
    balance.askIfOlder(15_000);
    expect(account.asked).toBe(0);
    await clock.run(1_000);
    balance.askIfOlder(15_000);
    balance.askIfOlder(0);
    expect({ asked: account.asked, pending: clock.pending }).toEqual({ asked: 1, pending: 0 });
    account.tell(4);
    await balance.ask();
    balance.askIfOlder(0);
    expect(account.asked).toBe(2);
  });

  it('that was just told by a verified key is not asked for again', () => {
    const { balance, account } = setUp();
    balance.follow(account, 9);
    expect({ value: balance.value?.credits, asked: account.asked, old: balance.isOld }).toEqual({
      value: 9,
      asked: 0,
      old: false,
    });
  });

  it('stays when it cannot be asked for, with why', async () => {
    const { balance, account } = setUp();
    balance.follow(account, 9);
    const asking = balance.ask();
    account.refuse();
    await asking;
    expect({ value: balance.value?.credits, trouble: balance.trouble?.code }).toEqual({ value: 9, trouble: 'offline' });
  });

  it('of a service that was left is not told, nor asked for', async () => {
    const { clock, balance, account, changes } = setUp();
    balance.follow(account);
    const asking = balance.ask();
    balance.askSoon();
    balance.leave();
    account.tell(7);
    await asking;
    expect([balance.value, balance.trouble, changes, clock.pending]).toEqual([null, null, [], 0]);
    await balance.ask();
    expect(account.asked).toBe(1);
  });
});
