// What a retry will do, what it did and what it left alone, in sentences.
import type { LeftAlone, RetryPlan } from '../../app/contract/values.ts';
import type { PhotoPrice } from '../../app/domain/quote.ts';
import { count, credits } from './format.ts';

/** What the user is told before photos are retried. @param price of the photos that are sent */
export function planText(
  { sent, fetched, withheld, mended = 0, underWay = 0, elsewhere = 0 }: Omit<RetryPlan, 'ids'>,
  price: PhotoPrice,
  practice: boolean,
): readonly string[] {
  const made = 'enhanced in a later batch';
  return [
    sent > 0 ? costText(sent, price, practice) : '',
    fetched > 0
      ? `${count(fetched, 'photo')} may be paid for already: the service is asked for ${them(fetched)} first, for nothing.`
      : '',
    withheld > 0
      ? `${count(withheld, 'photo')} may have been charged: ${they(withheld)} held back, and you are asked about ${them(withheld)}.`
      : '',
    mended > 0 ? `${count(mended, 'photo')} ${are(mended)} left alone: ${made}.` : '',
    underWay > 0
      ? `${count(underWay, 'photo')} ${are(underWay)} left alone: another job of ${them(underWay)} goes on, or may have been charged.`
      : '',
    elsewhere > 0 ? `${count(elsewhere, 'photo')} ${are(elsewhere)} left alone: of another service.` : '',
  ].filter((sentence) => sentence !== '');
}

/** What the user is told before photos are sent that were found along with a missing one. @param price of all of them */
export function foundText(photos: number, price: PhotoPrice, practice: boolean): readonly string[] {
  const [they, lie] = photos === 1 ? ['It was', 'lies'] : ['They were', 'lie'];
  return [
    `${they} missing from the same folder, and ${lie} where the photo is now.`,
    costText(photos, price, practice, 'sent'),
  ];
}

function costText(
  photos: number,
  { credits: cost, fromHistory }: PhotoPrice,
  practice: boolean,
  what = 'sent again',
): string {
  const those = `${count(photos, 'photo')} ${are(photos)} ${what}`;
  if (practice) return `${those}, which costs nothing: this is practice, not Bria.`;
  return (
    `${those}, which costs about ${credits(cost)} ` + `${fromHistory ? 'by your past costs' : 'by the list price'}.`
  );
}

/** Why photos were left alone by a retry that the user asked for; nothing for none. */
export function leftAloneText({ mended = 0, underWay = 0 }: Omit<LeftAlone, 'withheld'>): readonly string[] {
  const left = (photos: number) => `${count(photos, 'photo')} ${photos === 1 ? 'was' : 'were'} left alone`;
  return [
    mended > 0
      ? `${left(mended)}: ${they(mended)} enhanced in a later batch. “Enhance with other settings…” makes ${them(mended)} again.`
      : '',
    underWay > 0 ? `${left(underWay)}: another job of ${them(underWay)} goes on, or may have been charged.` : '',
  ].filter((sentence) => sentence !== '');
}

export function waitsText(photos: number): string {
  return `${count(photos, 'photo')} ${photos === 1 ? 'waits' : 'wait'} to be enhanced again.`;
}

function are(photos: number): string {
  return photos === 1 ? 'is' : 'are';
}

function they(photos: number): string {
  return photos === 1 ? 'it is' : 'they are';
}

function them(photos: number): string {
  return photos === 1 ? 'it' : 'them';
}
