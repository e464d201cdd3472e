// Owns: when, where and with what a result came about.
import { readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, platform } from 'node:os'
import { join } from 'node:path'
import { core } from './child.js'

const root = join(import.meta.dirname, '..', '..')

function versionOf(folder: string): string {
  const { version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as { version: string }
  return version
}

export function circumstances(rounds: number, isQuick: boolean): string {
  const versions = ['socket.io', 'ws', 'express'].map((name) => `${name} ${versionOf(`node_modules/${name}`)}`)
  const model = cpus()[0]?.model.trim() ?? 'unknown CPU'
  const size = `${rounds} ${rounds === 1 ? 'round' : 'rounds'}${isQuick ? ', quick' : ''}`
  const place = core === undefined ? 'not pinned' : 'pinned to one core'
  return (
    `Measured on ${new Date().toISOString().slice(0, 10)}, ${size}: socketio-middleware ${versionOf('.')} on Express, ` +
    `${versions.join(', ')}; Node ${process.versions.node}, ${platform()} ${arch()}, ${model}, ` +
    `${availableParallelism()} cores, ${place}.`
  )
}
