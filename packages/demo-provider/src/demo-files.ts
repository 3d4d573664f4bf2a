/** One green pixel. */
export const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEAQH/7yKf5QAAAABJRU5ErkJggg==',
  'base64',
)

const sampleRate = 8_000
const samplesPerCharacter = 80
const maxSamples = sampleRate * 60

/** A tone, 10 ms for each character of the text: mono, 8 bits. */
export function tone(text: string): Buffer {
  const samples = Math.min(text.length * samplesPerCharacter, maxSamples)
  const header = Buffer.alloc(44)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(36 + samples, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(sampleRate, 24)
  header.writeUInt32LE(sampleRate, 28)
  header.writeUInt16LE(1, 32)
  header.writeUInt16LE(8, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(samples, 40)
  const sound = Buffer.from(
    Uint8Array.from({ length: samples }, (_, i) => 128 + Math.round(60 * Math.sin(i / 3))),
  )
  return Buffer.concat([header, sound])
}
