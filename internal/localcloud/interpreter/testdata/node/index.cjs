const https = require('node:https')
const net = require('node:net')
const greeting = require('greeting')

exports.handler = async (event, context) => {
  switch (event.do) {
    case 'fail': throw new RangeError('as asked')
    case 'fetch': return (await fetch(event.url)).text()
    case 'get': return new Promise((resolve, reject) => https.get(event.url, (response) => {
      let text = ''
      response.on('data', (chunk) => { text += chunk }).on('end', () => resolve(text))
    }).on('error', reject))
    case 'connect': return new Promise((resolve) => net.connect(event.port, event.host).on('error', (error) => resolve(error.message)))
  }
  return { greeting: greeting.hello, request: context.awsRequestId, function: context.functionName, left: context.getRemainingTimeInMillis(), colour: process.env.COLOUR }
}
exports.nested = { callback: (event, context, callback) => { setTimeout(() => callback(null, event.n + 1), 5) } }
exports.nothing = () => 'a value that is not a promise is dropped'
exports.rejects = () => { setTimeout(() => { throw new Error('out of band') }, 5); return new Promise(() => {}) }
