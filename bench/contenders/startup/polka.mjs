import polka from 'polka'

polka()
  .get('/plaintext', (_req, res) => res.end('Hello, world'))
  .listen(Number(process.env.PORT), '127.0.0.1')
