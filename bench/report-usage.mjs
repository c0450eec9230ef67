// Loaded into a server where the operating system does not tell its CPU time: it is asked for it over IPC.
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send({
    cpuTime: user + system,
    rss: process.memoryUsage.rss(),
    peak: process.resourceUsage().maxRSS * 1024,
  })
})
process.channel.unref()
