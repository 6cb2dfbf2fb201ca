// Answers requests in the media process: input checked, work done, value or failure sent back.
import { classify } from '../domain/failure.ts';
import type { Host } from './host.ts';
import { type Operation, OPERATIONS, type Operations, type Report, type Request, requestSchema } from './protocol.ts';

export function serve(host: Host, operations: Operations): void {
  host.onMessage((message) => {
    const request = requestSchema.parse(message); // only our own core speaks here: anything else is a defect, and loud
    void answer(request, operations).then((report) => host.send(report));
  });
}

async function answer(request: Request, operations: Operations): Promise<Report> {
  const { id } = request;
  try {
    return { id, ok: true, value: await run(request.op, request.input, operations) };
  } catch (error) {
    return { id, ok: false, failure: classify(error) };
  }
}

async function run(op: Operation, input: unknown, operations: Operations): Promise<unknown> {
  const parsed = OPERATIONS[op].input.safeParse(input);
  if (!parsed.success) throw new Error(`${op}: ${parsed.error.message}`);
  // TypeScript does not see that the schema and the function come from the same row of the table.
  const work = operations[op] as (input: unknown) => Promise<unknown>;
  return await work(parsed.data);
}
