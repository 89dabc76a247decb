/** Where each row of a long list begins. Rows are known by key; heights are measured when they are drawn. */
export class Heights {
  private readonly known = new Map<string, number>()
  private keys: readonly string[] = []
  private offsets = new Float64Array(1)
  private places = new Map<string, number>()
  private dirtyFrom = 0

  constructor(private readonly estimate: number) {}

  get count(): number {
    return this.keys.length
  }

  setKeys(keys: readonly string[]): void {
    this.keys = keys
    this.places = new Map(keys.map((k, i) => [k, i]))
    if (this.offsets.length < keys.length + 1)
      this.offsets = new Float64Array(Math.ceil(keys.length * 1.5) + 64)
    this.dirtyFrom = 0
  }

  measure(key: string, height: number): void {
    const old = this.known.get(key)
    if (old !== undefined && Math.abs(old - height) < 0.5) return
    this.known.set(key, height)
    const i = this.places.get(key)
    if (i !== undefined) this.dirtyFrom = Math.min(this.dirtyFrom, i)
  }

  index(key: string): number | undefined {
    return this.places.get(key)
  }

  key(i: number): string | undefined {
    return this.keys[i]
  }

  private settle(): void {
    for (let i = this.dirtyFrom; i < this.keys.length; i++)
      this.offsets[i + 1] = (this.offsets[i] ?? 0) + (this.known.get(this.keys[i] ?? '') ?? this.estimate)
    this.dirtyFrom = this.keys.length
  }

  offset(i: number): number {
    this.settle()
    return this.offsets[Math.max(0, Math.min(i, this.keys.length))] ?? 0
  }

  total(): number {
    return this.offset(this.keys.length)
  }

  /** The row at this distance from the top. */
  find(y: number): number {
    this.settle()
    let lo = 0
    let hi = Math.max(0, this.keys.length - 1)
    while (lo < hi) {
      const mid = (lo + hi + 1) >> 1
      if ((this.offsets[mid] ?? 0) <= y) lo = mid
      else hi = mid - 1
    }
    return lo
  }
}
