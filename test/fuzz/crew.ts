// Owns: how many attacks run at a time: enough to meet each other, few enough for the clients beside them.
const atATime = 12

/** Takes steps until there is none any more, several at a time. */
export async function crew(nextStep: () => Promise<void> | undefined): Promise<void> {
  const work = async (): Promise<void> => {
    for (let step = nextStep(); step !== undefined; step = nextStep()) await step
  }
  await Promise.all(Array.from({ length: atATime }, work))
}
