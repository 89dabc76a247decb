/** The files of a message are drawn by a part of their own, which most messages do without. */
import type { FileInfo, Post } from '@fieldpost/api'
import { later } from './later.tsx'

export const Files = later<{
  of: Pick<Post, 'id' | 'channel_id' | 'user_id' | 'create_at'>
  files: readonly FileInfo[]
}>(() => import('./files.tsx'))
