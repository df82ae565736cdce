/** The topics of an agent's dead letters. */
export interface LetterTopics {
  readonly deadLetters: string
  /** Read by this agent alone, as if it were its source. */
  readonly replay: string
  /** Marks of what was replayed; one topic for the whole app. */
  readonly replayed: string
}
