/** Groups of people that are mentioned by one name: all of them, or one. */
import { List } from './list.tsx'
import { One } from './one.tsx'
import './user-groups.css'

export { ready } from './words.ts'

/** `query` is the group that is open, if any. */
export default function UserGroups({ teamId, query }: { teamId: string; query: string }) {
  return (
    <div class="user-groups scroll" tabIndex={-1}>
      {query ? <One key={query} id={query} teamId={teamId} /> : <List teamId={teamId} />}
    </div>
  )
}
