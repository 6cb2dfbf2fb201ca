// What is said between the core and its media processes, as schemas: the process checks what it is asked, and the core
// checks what it is told, since a process that decodes hostile files may not be itself any more.
import { z } from 'zod';
import { FAILURE_CODES } from '../domain/failure.ts';

const path = z.string().min(1);
const uploadFormat = z.enum(['jpeg', 'png', 'webp']);
const pixels = z.int().positive();
const strength = z.number().min(0).max(1);

const failure = z
  .object({
    code: z.enum(FAILURE_CODES),
    message: z.string(),
    retryable: z.boolean(),
    charged: z.enum(['no', 'maybe', 'yes']),
    status: z.int().exactOptional(),
    detail: z.string().exactOptional(),
  })
  .readonly();

const pictureInfo = z.object({
  format: z.string(),
  width: pixels,
  height: pixels,
  isOurs: z.literal(true).exactOptional(),
});
const size = { width: pixels, height: pixels };

/** Every operation, with the shapes of its input and of its answer. */
export const OPERATIONS = {
  inspect: { input: z.array(path), value: z.array(z.union([failure, pictureInfo])) },
  prepare: {
    input: z.object({ source: path, target: path, maxMegapixels: z.number().positive() }),
    value: z.object({
      ...size,
      path,
      format: uploadFormat,
      bytes: z.int().positive(),
      sourceHash: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  },
  verify: { input: path, value: z.object({ ...size, format: uploadFormat }) },
  dress: {
    input: z.object({ source: path, sourceHash: z.string().optional(), picture: path, target: path }),
    value: z.object({ carried: z.array(z.enum(['exif', 'xmp', 'iptc'])).readonly(), note: z.string().nullable() }),
  },
  thumbnail: {
    input: z.object({ source: path, target: path, size: z.int().min(1).max(65_500), quick: z.boolean() }),
    value: z.discriminatedUnion('made', [
      z.object({ ...size, made: z.literal(true) }),
      z.object({ made: z.literal(false) }),
    ]),
  },
  retouch: {
    input: z.object({
      source: path,
      target: path,
      settings: z.object({
        maxPixels: pixels.max(50_000_000),
        clarity: strength,
        sharpen: strength,
        noise: strength,
        seed: z.int(),
        keepAlpha: z.boolean(),
        format: uploadFormat,
      }),
    }),
    value: z.void(),
  },
} as const;

export type Operation = keyof typeof OPERATIONS;
export type InputOf<Op extends Operation> = z.output<(typeof OPERATIONS)[Op]['input']>;
export type ValueOf<Op extends Operation> = z.output<(typeof OPERATIONS)[Op]['value']>;
export type Operations = { readonly [Op in Operation]: (input: InputOf<Op>) => Promise<ValueOf<Op>> };

export const requestSchema = z.object({
  id: z.int(),
  op: z.enum(Object.keys(OPERATIONS) as [Operation, ...Operation[]]),
  input: z.unknown(),
});
export type Request = z.output<typeof requestSchema>;

/** What a process says: first that it is up, or why it cannot work; then one answer for each request. */
export const reportSchema = z.union([
  z.object({ ready: z.literal(true) }),
  z.object({ broken: z.string() }),
  z.object({ id: z.int(), ok: z.literal(true), value: z.unknown() }),
  z.object({ id: z.int(), ok: z.literal(false), failure }),
]);
export type Report = z.output<typeof reportSchema>;
