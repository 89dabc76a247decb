declare module 'highlight.js/lib/common' {
  import type { HLJSApi } from 'highlight.js'

  const highlighter: HLJSApi
  export default highlighter
}
