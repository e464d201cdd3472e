// Owns: the same schemas by zod, valibot and arktype, and one written by hand, as applications give them to a class.
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'
import type { StandardSchema } from '../../lib/index.js'

/** A schema whose answer, or promise of one, is what `validate` makes of the value. */
export function schema<Output = unknown, Input = Output>(
  validate: (value: unknown) => unknown,
): StandardSchema<Input, Output> {
  return { '~standard': { version: 1, vendor: 'tests', validate: validate as never } }
}

/** Accepts everything. */
export const anything = schema((value) => ({ value }))

const issue = (message: string, ...path: PropertyKey[]): object => ({ issues: [{ message, path }] })

/** `text` is a text of at most 8 characters, `point` has a number `x`, `since` is a text that becomes a Date. */
export const libraries = {
  zod: {
    text: z.string().max(8),
    point: z.object({ x: z.number() }),
    since: z.string().transform((text) => new Date(text)),
    pair: z.tuple([z.enum(['tea', 'coffee']), z.number()]),
  },
  valibot: {
    text: v.pipe(v.string(), v.maxLength(8)),
    point: v.object({ x: v.number() }),
    since: v.pipe(
      v.string(),
      v.transform((text) => new Date(text)),
    ),
    pair: v.tuple([v.picklist(['tea', 'coffee']), v.number()]),
  },
  arktype: {
    text: type('string <= 8'),
    point: type({ x: 'number' }),
    since: type('string').pipe((text) => new Date(text)),
    pair: type(["'tea' | 'coffee'", 'number']),
  },
  'by hand': {
    text: schema<string>((value) =>
      typeof value === 'string' && value.length <= 8 ? { value } : issue('expected a short text'),
    ),
    point: schema<{ x: number }>((value) => {
      const x: unknown = Reflect.get(Object(value) as object, 'x')
      return typeof x === 'number' ? { value: { x } } : issue('expected a number', 'x')
    }),
    since: schema<Date, string>((value) =>
      typeof value === 'string' ? { value: new Date(value) } : issue('expected a text'),
    ),
    pair: schema<['tea' | 'coffee', number]>((value) => {
      const [drink, cups] = value as unknown[]
      if (drink !== 'tea' && drink !== 'coffee') return issue('expected tea or coffee', 0)
      return typeof cups === 'number' ? { value: [drink, cups] } : issue('expected a number', 1)
    }),
  },
} as const
