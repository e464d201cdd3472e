// Owns: regular expressions that an application gave us.

/**
 * The same pattern, without the flags by which a RegExp remembers where its last match ended, and misses the
 * next.
 */
export function withoutMemory({ source, flags }: RegExp): RegExp {
  return new RegExp(source, flags.replaceAll(/[gy]/g, ''))
}
