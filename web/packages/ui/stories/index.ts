/** Every component of the design system, in its states. */
import { buttons } from './buttons.tsx'
import { fields } from './fields.tsx'
import { lists } from './lists.tsx'
import { over } from './over.tsx'
import { people } from './people.tsx'
import type { Story } from './story.ts'
import { tokens } from './tokens.tsx'

export const STORIES: readonly Story[] = [...tokens, ...buttons, ...fields, ...people, ...over, ...lists]
