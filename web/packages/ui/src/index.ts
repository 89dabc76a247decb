export * from './heights.ts'
export * from './icons.tsx'
export * from './parts.tsx'
export * from './virtual-list.tsx'
