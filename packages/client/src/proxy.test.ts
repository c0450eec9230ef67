import { describe, expect, test } from 'vitest'
import { HTTPClientOptionError } from './option-error.ts'
import { defaultPort, parseProxy, proxyAuthorization, proxyFor } from './proxy.ts'

describe('the proxy of a request', () => {
  test.each([
    { env: {}, url: 'http://a.example/', proxy: undefined, why: 'nothing is set' },
    { env: { HTTP_PROXY: 'http://p:3128' }, url: 'http://a.example/', proxy: 'http://p:3128/', why: 'upper case' },
    {
      env: { http_proxy: 'http://l:1', HTTP_PROXY: 'http://u:1' },
      url: 'http://a.example/',
      proxy: 'http://l:1/',
      why: 'lower case first',
    },
    { env: { HTTP_PROXY: 'http://p:1' }, url: 'https://a.example/', proxy: undefined, why: 'not for https' },
    { env: { https_proxy: 'https://p:1' }, url: 'https://a.example/', proxy: 'https://p:1/', why: 'a proxy over TLS' },
    {
      env: { all_proxy: 'p:8080' },
      url: 'https://a.example/',
      proxy: 'http://p:8080/',
      why: 'without a scheme, as curl takes it',
    },
    {
      env: { HTTP_PROXY: 'http://p:1', REQUEST_METHOD: 'GET' },
      url: 'http://a.example/',
      proxy: undefined,
      why: 'the Proxy field of a CGI request',
    },
    {
      env: { http_proxy: '', ALL_PROXY: 'http://p:1' },
      url: 'http://a.example/',
      proxy: 'http://p:1/',
      why: 'empty is not set',
    },
    { env: { ALL_PROXY: 'socks5h://p' }, url: 'http://a.example/', proxy: 'socks5h://p', why: 'SOCKS' },
  ])('$url: $proxy, $why', ({ env, url, proxy }) => {
    expect(proxyFor(new URL(url), 'environment', env)?.href).toBe(proxy)
  })

  test.each([
    { list: 'a.example', url: 'http://a.example/', direct: true, why: 'the host itself' },
    { list: 'a.example', url: 'http://www.a.example/', direct: true, why: 'a name below it' },
    { list: 'a.example', url: 'http://nota.example/', direct: false, why: 'a name that only ends like it' },
    { list: '.a.example', url: 'http://a.example/', direct: true, why: 'a leading dot' },
    { list: '*.a.example', url: 'http://www.a.example/', direct: true, why: 'a leading star' },
    { list: 'b.example, A.Example', url: 'http://a.example/', direct: true, why: 'a list, whatever its case' },
    { list: 'a.example:8080', url: 'http://a.example/', direct: false, why: 'another port' },
    { list: 'a.example:80', url: 'http://a.example/', direct: true, why: 'the default port' },
    { list: '127.0.0.1', url: 'http://127.0.0.1:5000/', direct: true, why: 'an address' },
    { list: '::1', url: 'http://[::1]:5000/', direct: true, why: 'an IPv6 address' },
    { list: '[::1]:5000', url: 'http://[::1]:5000/', direct: true, why: 'an IPv6 address with a port' },
    { list: '10.0.0.0/8', url: 'http://10.1.2.3/', direct: true, why: 'a network' },
    { list: '10.0.0.0/8', url: 'http://11.1.2.3/', direct: false, why: 'another network' },
    { list: '[fd00::]/8', url: 'http://[fd12::1]/', direct: true, why: 'an IPv6 network' },
    { list: '10.0.0.0/8', url: 'http://10.example/', direct: false, why: 'a name is no address' },
    { list: '10.0.0.0/33,x/8,/,1/2/3', url: 'http://10.1.2.3/', direct: false, why: 'no networks' },
    { list: '*', url: 'http://a.example/', direct: true, why: 'everything' },
    { list: ' ,', url: 'http://a.example/', direct: false, why: 'nothing' },
  ])('NO_PROXY=$list, $url: direct $direct, $why', ({ list, url, direct }) => {
    const env = { HTTP_PROXY: 'http://p:1', NO_PROXY: list }
    expect(proxyFor(new URL(url), 'environment', env) === undefined).toBe(direct)
  })

  test.each([
    'p:1',
    'nonsense',
    '',
    'ftp://user:secret@p',
    'socks5:user:secret',
    'socks5://:1',
    3 as unknown as string,
  ])('%s: refused, and not shown', (proxy) => {
    expect(() => parseProxy(proxy)).toThrow(/proxy must be an http:, https: or socks URL/)
    expect(() => parseProxy(proxy)).toThrow(HTTPClientOptionError)
    expect(() => parseProxy(proxy)).not.toThrow(/secret/)
  })

  test.each(['http://%zz:secret@p', `socks5://${'x'.repeat(256)}@p`, 'socks4://a%00b@p'])(
    '%s: a name that cannot be sent is refused',
    (proxy) => {
      expect(() => parseProxy(proxy)).toThrow(HTTPClientOptionError)
      expect(() => parseProxy(proxy)).not.toThrow(/secret/)
    },
  )

  test.each([
    { url: 'socks5://p', port: 1080 },
    { url: 'socks5h://p:9050', port: 1080 },
    { url: 'http://p', port: 80 },
    { url: 'https://p', port: 443 },
  ])('$url: without a port it is $port', ({ url, port }) => {
    expect(defaultPort(parseProxy(url))).toBe(port)
  })
})

test('name and password are decoded before they are sent', () => {
  const value = proxyAuthorization(new URL('http://ann:p%40ss@p:1')) ?? ''
  expect(Buffer.from(value.slice('Basic '.length), 'base64').toString()).toBe('ann:p@ss')
})
