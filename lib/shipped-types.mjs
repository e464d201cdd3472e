// Owns: which declarations are shipped: of each file those that an entry's types come to, statement by statement.
// Elsewhere: the entries, and the rest of what is done to the build (doors.mjs).
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const begins = /^(?:import|export|declare|interface|type|abstract|class|const|function|\/\*\*)\b|^\/\*\*/
const declares =
  /^(?:export )?(?:declare )?(?:abstract )?(?:interface|type|class|function|const|let|var|enum|namespace) (\w+)/
const imports = /^import (?:type )?(?:(\w+)(?:, )?)?(?:\* as (\w+)|\{([^}]*)\})? from ['"]([^'"]+)['"]/
const reexports = /^export (?:type )?\{([^}]*)\} from ['"]([^'"]+)['"]/
const inlineImports = /import\(['"]([^'"]+)['"]\)(?:\.(\w+))?/g

/** Rewrites the declarations that can be reached from the roots, whose own are all kept, and deletes those in `all` that cannot. */
export function shipTypes(roots, all) {
  const files = new Map()
  const open = (path) => {
    if (!files.has(path)) files.set(path, readDeclarations(path))
    return files.get(path)
  }
  const wholly = (path) => {
    for (const statement of open(path).statements) keep(path, statement)
  }

  /** Whether the file has that name, as a type or, where that is asked for, as a value. */
  function need(path, name, isValue) {
    let isThere = false
    for (const statement of open(path).statements) {
      const [, list, specifier] = statement.reexport ?? []
      const found = list === undefined ? undefined : namesIn(list).find(({ local }) => local === name)
      if (found !== undefined) {
        statement.isKept = true
        isThere = !isOurs(specifier) || need(fileOf(path, specifier), found.exported, isValue)
      } else if (statement.name === name && (isValue || !statement.isValue)) {
        isThere = true
        keep(path, statement)
      }
    }
    return isThere
  }

  function keep(path, statement) {
    if (statement.isKept) return
    statement.isKept = true
    // It is kept for what uses it, and with what is used of it.
    if (statement.import !== undefined) return
    if (statement.reexport !== undefined) {
      const [, list, specifier] = statement.reexport
      if (isOurs(specifier)) for (const { exported } of namesIn(list)) need(fileOf(path, specifier), exported, true)
      return
    }
    const code = statement.text.replaceAll(/\/\*[\s\S]*?\*\//g, '')
    for (const [, specifier, name] of code.matchAll(inlineImports)) {
      if (!isOurs(specifier)) continue
      if (name === undefined) wholly(fileOf(path, specifier))
      else need(fileOf(path, specifier), name, true)
    }
    // A value is a type only as `typeof name`, or as the name of a member, `[name]`; without that it is another's name.
    const values = new Set(
      [...code.matchAll(/typeof ([\w$]+)|\[([\w$]+)\]/g)].map(([, asked, member]) => asked ?? member),
    )
    for (const word of new Set(code.match(/[\w$]+/g))) use(path, word, values.has(word))
  }

  function use(path, word, isValue) {
    for (const statement of open(path).statements) {
      if (statement.name === word && (isValue || !statement.isValue)) keep(path, statement)
      const found = statement.locals?.find(({ local }) => local === word)
      if (found === undefined) continue
      const [, , , , specifier] = statement.import
      if (found.exported === undefined && isOurs(specifier)) wholly(fileOf(path, specifier))
      else if (isOurs(specifier) && !need(fileOf(path, specifier), found.exported, isValue)) continue
      found.isUsed = true
      statement.isKept = true
    }
  }

  for (const root of roots) wholly(root)
  for (const path of all) {
    const { statements = [] } = files.get(path) ?? {}
    // Without it, what is not exported would be.
    for (const statement of statements)
      statement.isKept ||= statements.some(({ isKept }) => isKept) && /^export \{\};?\s*$/.test(statement.text)
    const kept = statements.filter(({ isKept }) => isKept)
    if (kept.length === 0) rmSync(path)
    else writeFileSync(path, kept.map(textOf).join(''))
  }
}

function readDeclarations(path) {
  const statements = []
  let text = ''
  let isComment = false
  for (const line of readFileSync(path, 'utf8').split(/(?<=\n)/)) {
    // A comment belongs to what comes behind it.
    if (begins.test(line) && text !== '' && !isComment) {
      statements.push(statementOf(text))
      text = ''
    }
    isComment = line.startsWith('/**') || (isComment && !begins.test(line))
    text += line
  }
  if (text.trim() !== '') statements.push(statementOf(text))
  return { statements }
}

function statementOf(text) {
  const code = text.replace(/^\s*(?:\/\*\*[\s\S]*?\*\/\s*)*/, '')
  const found = imports.exec(code) ?? undefined
  const [, byDefault, whole, list = ''] = found ?? []
  const locals = found && [
    ...(byDefault === undefined ? [] : [{ local: byDefault, exported: 'default', spelling: undefined }]),
    ...(whole === undefined ? [] : [{ local: whole, exported: undefined, spelling: undefined }]),
    ...namesIn(list),
  ]
  return {
    text,
    name: declares.exec(code)?.[1],
    isValue: /^(?:export )?(?:declare )?(?:function|const|let|var) /.test(code),
    import: found,
    locals,
    reexport: reexports.exec(code) ?? undefined,
    isKept: false,
  }
}

/** `A, type B as C`: which name of the other file is which of this one. */
function namesIn(list) {
  return list
    .split(',')
    .map((spelling) => spelling.trim())
    .filter((spelling) => spelling !== '')
    .map((spelling) => {
      const [exported, local = exported] = spelling.replace(/^type /, '').split(' as ')
      return { local, exported, spelling }
    })
}

// An import says only what is used of it.
function textOf({ text, import: found, locals }) {
  const [, byDefault, , list] = found ?? []
  if (list === undefined || byDefault !== undefined) return text
  const used = locals.filter(({ isUsed }) => isUsed).map(({ spelling }) => spelling)
  return used.length === locals.length ? text : text.replace(`{${list}}`, `{ ${used.join(', ')} }`)
}

const isOurs = (specifier) => specifier.startsWith('.')

function fileOf(path, specifier) {
  return join(dirname(path), specifier.replace(/\.(m?)js$/, '.d.$1ts'))
}
