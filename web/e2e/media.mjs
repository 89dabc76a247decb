// Files made of nothing: a document of some pages, and a sound.

/** A PDF in which each page says its number. */
export function pdf(pages) {
  const objects = ['<< /Type /Catalog /Pages 2 0 R >>']
  const kids = Array.from({ length: pages }, (_, i) => `${4 + 2 * i} 0 R`).join(' ')
  objects.push(`<< /Type /Pages /Kids [${kids}] /Count ${pages} >>`)
  objects.push('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>')
  for (let i = 0; i < pages; i++) {
    const drawing = `BT /F1 36 Tf 72 700 Td (Page number ${i + 1}) Tj ET 72 400 300 200 re f`
    objects.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${5 + 2 * i} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
      `<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`,
    )
  }
  let out = '%PDF-1.4\n'
  const at = objects.map((o, i) => {
    const here = out.length
    out += `${i + 1} 0 obj\n${o}\nendobj\n`
    return here
  })
  const table = at.map(x => `${String(x).padStart(10, '0')} 00000 n \n`).join('')
  const size = objects.length + 1
  return Buffer.from(
    `${out}xref\n0 ${size}\n0000000000 65535 f \n${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${out.length}\n%%EOF\n`,
    'latin1',
  )
}

/** A tone. */
export function wav(seconds) {
  const rate = 8_000
  const count = Math.round(rate * seconds)
  const out = Buffer.alloc(44 + count)
  out.write('RIFF', 0, 'latin1')
  out.writeUInt32LE(36 + count, 4)
  out.write('WAVEfmt ', 8, 'latin1')
  out.writeUInt32LE(16, 16)
  out.writeUInt16LE(1, 20)
  out.writeUInt16LE(1, 22)
  out.writeUInt32LE(rate, 24)
  out.writeUInt32LE(rate, 28)
  out.writeUInt16LE(1, 32)
  out.writeUInt16LE(8, 34)
  out.write('data', 36, 'latin1')
  out.writeUInt32LE(count, 40)
  for (let i = 0; i < count; i++)
    out[44 + i] = 128 + Math.round(60 * Math.sin((i * 2 * Math.PI * 440) / rate))
  return out
}
