/**
 * Where a Redis Cluster keeps a name: one of 16384 slots, by the CRC16 of what stands between its first braces, or of all of it
 * (https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model).
 */

export const SLOTS = 16_384

const POLYNOMIAL = 0x1021 // of CRC-16/XMODEM
const TABLE: Uint16Array = Uint16Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte << 8
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 0x8000 ? (remainder << 1) ^ POLYNOMIAL : remainder << 1
  return remainder
})

export function slotOf(name: string): number {
  let crc = 0
  for (const byte of Buffer.from(hashTag(name))) crc = ((crc << 8) & 0xffff) ^ (TABLE[(crc >> 8) ^ byte] as number) // 0 to 255
  return crc % SLOTS
}

function hashTag(name: string): string {
  const start = name.indexOf('{') + 1
  const end = name.indexOf('}', start)
  return start > 0 && end > start ? name.slice(start, end) : name
}
