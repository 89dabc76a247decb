export * from './links.ts'
export * from './rest.ts'
export * from './socket.ts'
export * from './types.ts'
