// Loaded into every Node.js process of a function before its code. The AWS SDK for
// JavaScript does not heed HTTPS_PROXY, so its connections are led to the local
// cloud below it. Whatever else would leave this machine is refused and reported.
'use strict'
const net = require('node:net')
const tls = require('node:tls')
const http = require('node:http')

const proxy = new URL(process.env.HTTPS_PROXY)
const [gatewayHost, gatewayPort] = process.env.LOCALCLOUD_GATEWAY.split(':')
const connect = net.Socket.prototype.connect

const isLoopback = (host) => !host || host === 'localhost' || host === '::1' || /^127\./.test(host)

function optionsOf(args) {
  if (Array.isArray(args[0])) return { options: args[0][0], callback: args[0][1] }
  const callback = args.findLast((arg) => typeof arg === 'function')
  if (typeof args[0] === 'object') return { options: args[0], callback }
  if (typeof args[0] === 'string' && Number.isNaN(Number(args[0]))) return { options: { path: args[0] }, callback }
  return { options: { port: args[0], host: typeof args[1] === 'string' ? args[1] : undefined }, callback }
}

function report(host, port, then) {
  const credentials = Buffer.from(decodeURIComponent(proxy.username) + ':' + decodeURIComponent(proxy.password)).toString('base64')
  const request = http.request({
    host: proxy.hostname, port: proxy.port, path: '/', agent: false,
    headers: { Host: host + ':' + port, 'Proxy-Authorization': 'Basic ' + credentials, 'X-Localcloud-Direct': 'true' },
  })
  request.on('response', (response) => response.resume().on('end', then)).on('error', then).end()
}

net.Socket.prototype.connect = function (...args) {
  const { options, callback } = optionsOf(args)
  if (options.path || isLoopback(options.host)) return connect.apply(this, args)
  if (Number(options.port) !== 443 || net.isIP(options.host)) {
    this.connecting = true
    report(options.host, options.port, () =>
      this.destroy(Object.assign(new Error(`${options.host}:${options.port} cannot be reached from the local cloud`), { code: 'ECONNREFUSED' })))
    return this
  }
  if (this instanceof tls.TLSSocket && !options.servername) this.setServername(options.host)
  return connect.call(this, { ...options, host: gatewayHost, port: Number(gatewayPort), lookup: undefined }, callback)
}
