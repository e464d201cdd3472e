// Owns: the interface of Standard Schema (https://standardschema.dev, version 1), by which zod, valibot,
// arktype and others check values.
// Elsewhere: what a class checks by schemas (schema-types.ts, checks.ts).

/** A schema of any library that implements Standard Schema, or one written by hand. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    /** Only for the compiler: what goes in, and what comes out. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** The value that a schema has made of what it was given, or what is wrong with that. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What a client must send for a schema. */
export type SchemaInput<Schema> = Schema extends { readonly '~standard': { readonly types?: infer Types } }
  ? NonNullable<Types> extends { readonly input: infer Input }
    ? Input
    : unknown
  : unknown

/** What a handler gets from a schema. */
export type SchemaOutput<Schema> = Schema extends { readonly '~standard': { readonly types?: infer Types } }
  ? NonNullable<Types> extends { readonly output: infer Output }
    ? Output
    : unknown
  : unknown
