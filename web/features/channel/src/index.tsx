/** What is done with a channel as a whole: its bookmarks, the people in it, its threads. */
export { ChannelBanner } from './banner.tsx'
export { BookmarksBar } from './bar.tsx'
export { ConvertGroup } from './convert.tsx'
export { EditBookmark } from './edit.tsx'
export { MoveThread } from './move.tsx'
export { ChannelPanel } from './panel.tsx'
export { AddPeople } from './people.tsx'
