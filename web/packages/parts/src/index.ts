export * from './context.tsx'
export * from './emoji.ts'
export * from './markdown-view.tsx'
export * from './post.tsx'
