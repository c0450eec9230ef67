// The route table that every contender of the HTTP area registers: ROUTES paths of the form /section17/:id.
const count = Number(process.env.ROUTES ?? 0)

export const sections = Array.from({ length: count }, (_, i) => `section${i}`)
export const port = Number(process.env.PORT)
export const host = '127.0.0.1'
