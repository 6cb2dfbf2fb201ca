// npm run bench [-- NAME…]: prints one JSON line a figure; ends with 1 when a promise is not kept.
import type { Bench } from './bench.ts';
import { historyBenches } from './history.bench.ts';
import { pictureBenches } from './pictures.bench.ts';
import { desktopBenches } from './desktop.bench.ts';
import { queueBenches } from './queue.bench.ts';
import { watchBenches } from './watch.bench.ts';

const wanted = process.argv.slice(2);
const benches: Bench[] = [...queueBenches, ...historyBenches, ...pictureBenches, ...desktopBenches, ...watchBenches];
for (const bench of benches) {
  const { name } = bench;
  if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
  for (const { figure, value, unit = 'ratio', must, goal, atLeast = false } of await bench.run()) {
    const kept = must === undefined || (atLeast ? value >= must : value <= must);
    const rounded = Number(value.toPrecision(4));
    console.log(
      JSON.stringify({
        bench: name,
        figure,
        value: rounded,
        unit,
        must,
        goal,
        ...(must === undefined ? {} : { kept }),
      }),
    );
    if (!kept) process.exitCode = 1;
  }
}
