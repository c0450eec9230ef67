import express from 'express'

const app = express()
app.get('/plaintext', (_req, res) => {
  res.type('text/plain').send('Hello, world')
})
app.listen(Number(process.env.PORT), '127.0.0.1')
