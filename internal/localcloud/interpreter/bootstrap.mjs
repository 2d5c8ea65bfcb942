// Runs a Node.js function: a client of Lambda's Runtime API, as in
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
import { existsSync } from 'node:fs'
import http from 'node:http'
import module, { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const env = process.env
const root = env.LAMBDA_TASK_ROOT
const [host, port] = env.AWS_LAMBDA_RUNTIME_API.split(':')
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })

function call(method, resource, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, method, agent, path: '/2018-06-01/runtime/' + resource }, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }))
      response.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

function describe(error) {
  if (!(error instanceof Error)) return JSON.stringify({ errorType: typeof error, errorMessage: String(error), trace: [] })
  return JSON.stringify({ errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') })
}

// Lambda looks for modules of layers and for its own copy of the SDK in NODE_PATH
// also where code is an ECMAScript module.
module.registerHooks?.({
  resolve(specifier, context, next) {
    try {
      return next(specifier, context)
    } catch (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND' || /^[./]|^[a-z]+:/.test(specifier)) throw error
      try {
        return { url: pathToFileURL(createRequire(root + '/').resolve(specifier)).href, shortCircuit: true }
      } catch {
        throw error
      }
    }
  },
})

async function load(name) {
  const [, folder, file, exported] = /^(.*\/)?([^./]*)\.(.+)$/.exec(name) ?? []
  if (!exported) throw new Error(`the handler ${JSON.stringify(name)} must be a file and an export, such as index.handler`)
  const base = path.resolve(root, folder ?? '.', file)
  const found = ['.js', '.mjs', '.cjs'].map((extension) => base + extension).find(existsSync)
  if (!found) throw new Error(`the handler is ${JSON.stringify(name)}, and there is no ${file}.js, .mjs or .cjs in ${path.dirname(base)}`)
  const loaded = await import(pathToFileURL(found).href)
  const pick = (from) => exported.split('.').reduce((value, key) => value?.[key], from)
  const handler = pick(loaded) ?? pick(loaded.default)
  if (typeof handler !== 'function') throw new Error(`the handler is ${JSON.stringify(name)}, and ${found} exports no function ${exported}`)
  return handler
}

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms'])
  return {
    awsRequestId: headers['lambda-runtime-aws-request-id'], invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: env.AWS_LAMBDA_FUNCTION_NAME, functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION, memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME, logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME, callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  }
}

// invoke resolves with what the handler's promise or its callback gives, or with
// null when nothing is left to wait for.
function invoke(handler, event, context) {
  return new Promise((resolve, reject) => {
    const idle = () => resolve(null)
    process.once('beforeExit', idle)
    const done = (error, result) => {
      process.off('beforeExit', idle)
      if (error === null || error === undefined) resolve(result)
      else reject(error)
    }
    Object.assign(context, { done, succeed: (result) => done(null, result), fail: done })
    const answer = handler(event, context, done)
    if (typeof answer?.then === 'function') answer.then((result) => done(null, result), (error) => done(error ?? new Error('rejected without a reason')))
  })
}

let current
async function die(error) {
  console.error(error)
  await call('POST', current ? `invocation/${current}/error` : 'init/error', describe(error)).catch(() => {})
  process.exit(1)
}
process.on('uncaughtException', die)
process.on('unhandledRejection', die)

const handler = await load(env._HANDLER)
for (;;) {
  const { headers, body } = await call('GET', 'invocation/next')
  current = headers['lambda-runtime-aws-request-id']
  env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id']
  try {
    const result = await invoke(handler, JSON.parse(body), contextOf(headers))
    await call('POST', `invocation/${current}/response`, JSON.stringify(result ?? null))
  } catch (error) {
    console.error(error)
    await call('POST', `invocation/${current}/error`, describe(error))
  }
  current = undefined
}
