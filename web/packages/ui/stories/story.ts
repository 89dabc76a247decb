import type { ComponentChild } from 'preact'

/** A component in one of its states. */
export interface Story {
  /** Which component it is of, by the name it is exported by; of tokens, `tokens`. */
  of: string
  /** In which state it is. */
  state: string
  draw: () => ComponentChild
}
