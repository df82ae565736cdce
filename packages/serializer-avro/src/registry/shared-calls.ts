/** Answers by name: whoever asks for one that is under way gets the same promise, and failures are forgotten. */
export function sharedCalls<T>(): (name: string, call: () => Promise<T>) => Promise<T> {
  const answers = new Map<string, Promise<T>>()
  return (name, call) => {
    const known = answers.get(name)
    if (known !== undefined) return known
    const answer = call()
    answers.set(name, answer)
    answer.catch(() => answers.delete(name))
    return answer
  }
}
