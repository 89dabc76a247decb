/** Pictures that wait until somebody wants to see them, where their reader prefers that. */
import { useState } from 'preact/hooks'
import { useShell } from './context.tsx'

/** What was opened or closed by hand stays so while its row comes and goes. */
const chosen = new Map<string, boolean>()
/** What held when it was chosen: after all were folded or unfolded at once, that is forgotten. */
let under = ''

interface Fold {
  /** Whether pictures are folded until they are opened. */
  folds: boolean
  open: boolean
  toggle: () => void
}

/** `id` names the picture, or the pictures that are opened together. */
export function useFold(id: string): Fold {
  const { habits } = useShell().client
  const folds = habits.has('folded')
  const now = `${folds} ${habits.folds.value}`
  if (now !== under) chosen.clear()
  under = now
  const open = chosen.get(id) ?? !folds
  const [, redraw] = useState(0)
  const toggle = () => {
    chosen.set(id, !open)
    redraw(n => n + 1)
  }
  return { folds, open, toggle }
}
