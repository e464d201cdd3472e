// Owns: text as a string literal inside a script, for jsonp-polling and htmlfile.

// U+2028 and U+2029 end a line in engines before ES2019; "<" could end or open an element.
const unsafe = /[<\u2028\u2029]/g
const escapes: Record<string, string> = { '<': '\\u003c', '\u2028': '\\u2028', '\u2029': '\\u2029' }

/** A JavaScript string literal of `text` that is safe in a script file and in a script element. */
export function scriptString(text: string): string {
  return JSON.stringify(text).replace(unsafe, (character) => escapes[character] as string)
}

/**
 * The literal for htmlfile's script blocks, with every "/" written "\/".
 *
 * The 0.9.17 client replaces "\/" by "/" once more after the engine has read the literal (GH-1251), so a "\/"
 * that is part of the text is sent with one more backslash; without it, the backslash would be lost on the
 * way.
 */
export function htmlfileString(text: string): string {
  return scriptString(text.replaceAll('\\/', '\\\\/')).replaceAll('/', '\\/')
}

/** The script that answers a JSONP request: calls the client's callback number `index` with a literal. */
export function jsonpCall(index: string, literal: string): string {
  return `io.j[${index}](${literal});`
}
