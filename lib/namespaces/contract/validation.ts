// Owns: calling a schema, or one for each argument, and what its result means. Results are checked, not
// trusted.
// Elsewhere: which schemas there are (checks.ts), what a client receives (issues.ts).
import { DispatchError, isA, UsageError, quote } from '../../support/errors.js'
import { adopt, disown, isPromiseLike } from '../../support/promises.js'
import { copyOf, isObject, most, type RawIssue } from './issues.js'
import type { SchemaIssue } from './standard-schema.js'

/** The function of a schema that checks a value. */
export type Validate = (value: unknown) => unknown

/** The values that schemas have made of arguments, or what is wrong with these. */
export type Outcome = { readonly args: unknown[]; readonly issues?: never } | { readonly issues: readonly RawIssue[] }

type Verdict = { readonly value: unknown; readonly issues?: never } | { readonly issues: readonly SchemaIssue[] }

/**
 * Asks one schema.
 * @throws UsageError SIO_USAGE_SCHEMA for an answer that is none; whatever the schema throws. The promise
 *   rejects with them, too.
 */
export function askOne(validate: Validate, value: unknown): Verdict | Promise<Verdict> {
  try {
    const answer = validate(value)
    return isPromiseLike(answer) ? adopt(answer).then(read, failed) : read(answer)
  } catch (error) {
    return failed(error)
  }
}

// What a schema throws is a failure of ours, and not what we would say to the client.
function failed(error: unknown): never {
  throw isA(error, DispatchError)
    ? new UsageError('SIO_USAGE_SCHEMA', 'expected a schema to return issues, got a DispatchError', { cause: error })
    : error
}

/** Asks a schema for each argument. Those that no schema is for are dropped: a client may send any number. */
export function askEach(schemas: readonly Validate[], args: readonly unknown[]): Outcome | Promise<Outcome> {
  const verdicts: (Verdict | Promise<Verdict>)[] = []
  let isLate = false
  try {
    for (const [index, validate] of schemas.entries()) {
      const verdict = askOne(validate, args[index])
      isLate ||= isPromiseLike(verdict)
      verdicts.push(verdict)
    }
  } catch (error) {
    verdicts.forEach(disown)
    throw error
  }
  return isLate ? Promise.all(verdicts.map(async (verdict) => verdict)).then(gather) : gather(verdicts as Verdict[])
}

/** Asks one schema for all arguments, which answers a list of them. */
export function askAll(validate: Validate, args: readonly unknown[]): Outcome | Promise<Outcome> {
  const verdict = askOne(validate, args)
  return isPromiseLike(verdict) ? verdict.then(listOf) : listOf(verdict)
}

function gather(verdicts: readonly Verdict[]): Outcome {
  const args: unknown[] = []
  const issues: RawIssue[] = []
  let isRefused = false
  for (const [index, verdict] of verdicts.entries()) {
    if (verdict.issues === undefined) args.push(verdict.value)
    else {
      isRefused = true
      issues.push(...few(verdict.issues, index))
    }
  }
  return isRefused ? { issues } : { args }
}

function listOf(verdict: Verdict): Outcome {
  if (verdict.issues !== undefined) return { issues: few(verdict.issues, undefined) }
  if (Array.isArray(verdict.value)) return { args: copyOf(verdict.value as unknown[], Infinity) }
  throw garbage('a schema of all arguments to return a list of them', verdict.value)
}

/** Those that may be shown: there may be one for each of many thousand values. */
export function few(issues: readonly SchemaIssue[], index: number | undefined): RawIssue[] {
  return copyOf(issues, most.issues).map((issue) => ({ issue, index }))
}

function read(answer: unknown): Verdict {
  if (!isObject(answer)) throw garbage('a schema to return { value } or { issues }', answer)
  const issues: unknown = Reflect.get(answer, 'issues')
  // No issues at all are a refusal, too: only their absence accepts.
  if (Array.isArray(issues)) return { issues }
  if (issues === undefined && 'value' in answer) {
    const value: unknown = Reflect.get(answer, 'value')
    // A transform may be async: its promise is the handler's, which need not come to be called.
    disown(value)
    return { value }
  }
  throw garbage('a schema to return { value } or { issues }', issues ?? answer)
}

function garbage(expected: string, got: unknown): UsageError {
  return new UsageError('SIO_USAGE_SCHEMA', `expected ${expected}, got ${quote(got)}`)
}
