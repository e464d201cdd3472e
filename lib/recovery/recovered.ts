// Owns: which namespaces their clients have come back to: `this.recovered`.

const recovered = new WeakSet<object>()

export function markRecovered(namespace: object): void {
  recovered.add(namespace)
}

export function isRecovered(namespace: object): boolean {
  return recovered.has(namespace)
}
