/** Searching, in messages and in files. */
import type { Rest } from './rest.ts'
import type { FileInfo, Id, PostList } from './types.ts'

export interface FoundFile extends FileInfo {
  post_id: Id
  channel_id: Id
  user_id: Id
  create_at: number
}

export interface FoundFiles {
  order: Id[] | null
  file_infos: Record<Id, FoundFile> | null
}

export const SEARCH_PAGE = 40

export class SearchRest {
  /** `ahead`: how far the reader's clock is ahead of UTC, in minutes, by which `on:` and its like mean a day. */
  constructor(
    private readonly rest: Rest,
    private readonly ahead: () => number,
  ) {}

  private terms = (terms: string, page: number) => ({
    terms,
    is_or_search: false,
    time_zone_offset: this.ahead() * 60,
    page,
    per_page: SEARCH_PAGE,
  })
  posts = (team: Id, terms: string, page: number) =>
    this.rest.ask<PostList>('POST', `/teams/${team}/posts/search`, this.terms(terms, page))
  files = (team: Id, terms: string, page: number) =>
    this.rest.ask<FoundFiles>('POST', `/teams/${team}/files/search`, this.terms(terms, page))
}
